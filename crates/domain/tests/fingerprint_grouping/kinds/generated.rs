//! Names that a compiler, a build or a library generates.

use super::{apart, same};

#[test]
fn proxies_never_count_and_use_up_no_frames() {
    let java = |proxies: &str| {
        format!(
            "java.lang.IllegalStateException: x
\tat org.pumps.Store.save(Store.java:41)
{proxies}\tat org.pumps.Service.save(Service.java:12)
\tat org.pumps.Api.post(Api.java:3)"
        )
    };
    let plain = java("");
    for class in [
        "org.pumps.Store$$FastClassBySpringCGLIB$$7c3.invoke(<generated>)",
        "org.pumps.Store$$EnhancerBySpringCGLIB$$1a2b3c4d.save(<generated>)",
        "org.pumps.Store$$SpringCGLIB$$0.save(<generated>)",
        "org.pumps.$Proxy42.save(Unknown Source)",
        "jdk.proxy2.$Proxy33.save(Unknown Source)",
        "org.pumps.Store_$$_jvst4f_1.save(Store_$$_jvst4f_1.java)",
        "org.pumps.Store$HibernateProxy$xYz123.save(Unknown Source)",
        "org.pumps.Store$ByteBuddy$a1B2c3.save(Unknown Source)",
        "org.pumps.Store$MockitoMock$1702.save(Unknown Source)",
        "_COROUTINE._BOUNDARY._(CoroutineDebugging.kt:46)",
    ] {
        same(&plain, &java(&format!("\tat {class}\n")));
    }
    let php = "Error: x in /srv/pumps/Store.php:3\nStack trace:\n#0 /srv/cache/__CG__PumpsStore.php(9): Pumps\\Store->save()\n#1 /srv/pumps/Api.php(4): Proxies\\__CG__\\Pumps\\Store->save()\n#2 /srv/pumps/index.php(3): Pumps\\Api->post()\n#3 {main}";
    same(
        php,
        &php.replace(
            "#1 /srv/pumps/Api.php(4): Proxies\\__CG__\\Pumps\\Store->save()\n",
            "",
        ),
    );
}

#[test]
fn numbers_that_compilers_give_do_not_matter() {
    let clojure = "java.lang.NullPointerException
\tat pumps.primer$prime$fn__12345.invoke(primer.clj:12)
\tat clojure.core$map$fn__12352.invoke(core.clj:2644)
\tat pumps.primer$prime.invokeStatic(primer.clj:15)
\tat pumps.line$eval12345.invoke(line.clj:21)";
    same(
        clojure,
        &clojure.replace("12345", "98765").replace("12352", "98772"),
    );
    apart(clojure, &clojure.replace("primer$prime", "primer$clean"));
    let digits = "java.lang.Error: x\n\tat pumps.v2$sha256.invoke(v2.clj:1)";
    apart(digits, &digits.replace("sha256", "sha512"));
    let groovy = "java.lang.Error: x\n\tat pumps.Primer$_prime_closure1.doCall(Primer.groovy:3)";
    same(groovy, &groovy.replace("closure1", "closure4"));
    let rails = "/srv/pumps/app/views/lines/show.html.erb:3:in `_app_views_lines_show_html_erb__1234567890_42460': x (NameError)\n\tfrom /srv/pumps/app/lines.rb:3:in `show'";
    same(
        rails,
        &rails.replace("__1234567890_42460", "___987654321_7"),
    );
}

#[test]
fn helpers_of_async_functions_never_count() {
    let native = "Error: x
    at save (/srv/pumps/dist/store.js:9:3)
    at async post (/srv/pumps/dist/api.js:4:1)";
    let compiled = "Error: x
    at save (/srv/pumps/dist/store.js:19:13)
    at Generator.next (<anonymous>)
    at fulfilled (/srv/pumps/dist/store.js:5:58)
    at async post (/srv/pumps/dist/api.js:14:1)";
    same(native, compiled);
    let old = "Error: x
    at save (/srv/pumps/dist/store.js:40:13)
    at step (/srv/pumps/dist/store.js:33:23)
    at Object.next (/srv/pumps/dist/store.js:14:53)
    at fulfilled (/srv/pumps/dist/store.js:5:58)
    at async post (/srv/pumps/dist/api.js:14:1)";
    same(native, old);
    // A function of the application may have such a name.
    apart(
        "Error: x\n    at step (/srv/pumps/dist/store.js:9:3)",
        "Error: x\n    at fulfilled (/srv/pumps/dist/store.js:9:3)",
    );
}
