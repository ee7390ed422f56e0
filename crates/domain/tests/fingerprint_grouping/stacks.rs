//! What must not matter in a stack trace, and what must.

use super::{assert_apart, assert_same};

const JS: &str = "TypeError: x is undefined
    at OrderService.total (/srv/shop/releases/412/src/orders.js:27:18)
    at async checkout (/srv/shop/releases/412/src/checkout.js:9:3)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)";

#[track_caller]
fn same(a: &str, b: &str) {
    assert_same(("boom", Some(a)), ("boom", Some(b)));
}

#[track_caller]
fn apart(a: &str, b: &str) {
    assert_apart(("boom", Some(a)), ("boom", Some(b)));
}

#[test]
fn lines_columns_and_directories_do_not_matter() {
    same(JS, &JS.replace(":27:18", ":40:1").replace(":9:3", ":12:7"));
    same(
        JS,
        &JS.replace("/srv/shop/releases/412/src", "/usr/src/app/dist"),
    );
    same(
        JS,
        &JS.replace("/srv/shop/releases/412/src/", "D:\\apps\\shop\\src\\"),
    );
    same(JS, &JS.replace("(/srv/shop", "(file:///srv/shop"));
}

#[test]
fn types_and_call_sites_matter() {
    apart(JS, &JS.replace("TypeError", "RangeError"));
    apart(JS, &JS.replace("total", "price"));
    apart(JS, &JS.replace("checkout (", "refund ("));
    apart(JS, &JS.replace("checkout.js", "refund.js"));
}

#[test]
fn outer_framework_frames_do_not_matter() {
    let express = format!(
        "{JS}\n    at Layer.handle [as handle_request] (/srv/shop/node_modules/express/lib/router/layer.js:95:5)"
    );
    same(JS, &express);
    let cut = JS.rsplit_once('\n').expect("several lines").0;
    same(JS, cut);
}

#[test]
fn build_hashes_in_file_names_do_not_matter() {
    let bundle = "TypeError: x
    at Cart.renderRow (https://cdn.example.com/assets/app-QD47KZ2D.js:7:24654)
    at t.renderTotals (https://cdn.example.com/assets/app-QD47KZ2D.js:7:24715)";
    same(
        bundle,
        &bundle.replace("QD47KZ2D", "W2OFKPGL").replace(":7:", ":9:"),
    );
    same(
        bundle,
        &bundle
            .replace("cdn.example.com", "localhost:8080")
            .replace(".js", ".js?v=17"),
    );
    same(bundle, &bundle.replace("t.render", "n.render"));
    apart(bundle, &bundle.replace("renderTotals", "renderFooter"));
}

#[test]
fn the_engines_of_browsers_agree_on_one_stack() {
    let v8 = "RangeError: x
    at Cart.total (https://shop.example.com/static/cart.js:3:14)
    at checkout (https://shop.example.com/static/cart.js:9:2)";
    let gecko = "total@https://shop.example.com/static/cart.js:3:14
checkout@https://shop.example.com/static/cart.js:9:2";
    assert_same(("RangeError: x", Some(v8)), ("RangeError: x", Some(gecko)));
}

#[test]
fn recursion_depth_does_not_matter() {
    let level = "\tat com.acme.Json.write(Json.java:17)\n";
    let of = |depth: usize| {
        format!(
            "java.lang.StackOverflowError\n\tat java.base/java.lang.StringBuilder.append(StringBuilder.java:246)\n{}\tat com.acme.Api.get(Api.java:3)\n",
            level.repeat(depth)
        )
    };
    same(&of(3), &of(200));
}

#[test]
fn goroutines_and_addresses_do_not_matter() {
    let go = "panic: runtime error: invalid memory address

goroutine 1 [running]:
github.com/acme/shop/orders.(*Printer).header(0x10?, {0x7ffda4488929, 0x6})
\t/opt/src/shop/orders/printer.go:20 +0x3e
main.printOrder({0xc000016220?, 0x1?})
\t/opt/src/shop/cmd/shopd/main.go:22 +0x5b
main.main()
\t/opt/src/shop/cmd/shopd/main.go:44 +0x24f";
    same(
        go,
        &go.replace("goroutine 1", "goroutine 94")
            .replace("0x7ffda4488929", "0x7ff000"),
    );
    same(
        go,
        &go.replace("/opt/src/shop", "/src")
            .replace(":20 +0x3e", ":31 +0x11"),
    );
    same(
        go,
        &format!("{go}\n\ngoroutine 7 [chan receive]:\nmain.wait()\n\t/src/wait.go:3 +0x1\n"),
    );
    apart(go, &go.replace("printOrder", "printInvoice"));
}

#[test]
fn generated_names_do_not_matter() {
    let java = "java.lang.IllegalStateException: x
\tat com.acme.Rates.lambda$load$0(Rates.java:16)
\tat com.acme.Rates$$Lambda$4/0x00007f15d5001260.get(Unknown Source)
\tat com.acme.Shop$$EnhancerBySpringCGLIB$$1a2b3c4d.buy(<generated>)";
    same(
        java,
        &java
            .replace("$load$0", "$load$3")
            .replace("1a2b3c4d", "99ff0011"),
    );
    same(
        java,
        &java.replace("$$Lambda$4/0x00007f15d5001260", "$$Lambda/0x000001"),
    );
    apart(java, &java.replace("$load$", "$save$"));
    let net = "System.InvalidOperationException: x
   at Acme.Shop.Client.<FetchAsync>d__5.MoveNext() in /src/Client.cs:line 12
--- End of stack trace from previous location ---
   at Acme.Shop.Api.<>c__DisplayClass3_0.<Get>b__1(Task t)";
    same(
        net,
        &net.replace("d__5", "d__7")
            .replace("3_0.<Get>b__1", "9_1.<Get>b__0"),
    );
    apart(net, &net.replace("FetchAsync", "SendAsync"));
}

#[test]
fn causes_matter() {
    let caused = "com.acme.StoreException: could not save
\tat com.acme.Store.save(Store.java:29)
\tat com.acme.Api.post(Api.java:26)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/java.net.Socket.connect(Socket.java:633)
\tat com.acme.Store.replicate(Store.java:19)
\tat com.acme.Store.save(Store.java:27)
\t... 8 more";
    apart(
        caused,
        &caused.replace(
            "java.net.ConnectException",
            "java.net.SocketTimeoutException",
        ),
    );
    apart(caused, &caused.replace("Store.replicate", "Store.insert"));
    same(caused, &caused.replace("... 8 more", "... 31 more"));
    let longer = caused.replace(
        "\t... 8 more",
        "\tat com.acme.Api.post(Api.java:26)\n\t... 7 more",
    );
    same(caused, &longer);
}

#[test]
fn threads_and_loaders_do_not_matter() {
    let java = "java.lang.IllegalStateException: x\n\tat com.acme.Store.save(Store.java:29)";
    same(
        java,
        &format!("Exception in thread \"pool-1-thread-7\" {java}"),
    );
    same(java, &java.replace("at com", "at app//com"));
    same(java, &java.replace("at com", "at deployment.shop.war//com"));
    same(java, &format!("{java} ~[shop-2.7.0.jar!/:2.7.0]"));
}

#[test]
fn an_unknown_format_is_grouped_by_its_normalized_lines() {
    let log = "step import of 17 rows\nwrote /tmp/a.csv\nstopped at row 12";
    same(
        log,
        "step import of 9 rows\nwrote /tmp/b.csv\n\n  stopped at row 3",
    );
    apart(log, &log.replace("import", "export"));
}

#[test]
fn prefixes_of_loggers_and_containers_on_each_line_do_not_matter() {
    let each = |prefix: &str| {
        JS.lines()
            .map(|line| format!("{prefix}{line}\n"))
            .collect::<String>()
    };
    same(JS, &each("2024-05-03T10:11:12.345Z ERROR "));
    same(JS, &each("web_1  | "));
    let java = "java.lang.IllegalStateException: x\n\tat com.acme.Store.save(Store.java:29)";
    same(
        java,
        &format!("10:11:12.345 [main] ERROR com.acme.Store - {java}"),
    );
}
