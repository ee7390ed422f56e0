//! Functions without a name, source lines, and places that are hard to read.

use super::{apart, same};

#[test]
fn unnamed_functions_are_told_apart_by_their_files() {
    let cases = [
        (
            "TypeError: x\n    at /srv/depot/src/FILE.js:10:22\n    at next (/srv/depot/node_modules/koa/lib/app.js:95:5)\n    at guard (/srv/depot/src/middleware/guard.js:31:3)",
            ":10:22",
            ":44:2",
        ),
        (
            "TypeError: x\n    at Object.<anonymous> (/srv/depot/src/FILE.js:10:22)\n    at async poll (/srv/depot/src/worker.js:31:3)",
            ":10:22",
            ":44:2",
        ),
        (
            "@https://depot.example/src/FILE.js:10:22\npoll@https://depot.example/src/worker.js:31:3",
            ":10:22",
            ":44:2",
        ),
        (
            "Traceback (most recent call last):\n  File \"/srv/depot/worker.py\", line 31, in poll\n  File \"/srv/depot/FILE.py\", line 3, in <lambda>\nKeyError: 'id'",
            "line 3,",
            "line 30,",
        ),
        (
            "/srv/depot/FILE.rb:3:in `block in <main>': x (NoMethodError)\n\tfrom /srv/depot/worker.rb:31:in `poll'\n\tfrom /srv/depot/worker.rb:60:in `<main>'",
            ".rb:3:",
            ".rb:9:",
        ),
        (
            "Error: x in /srv/depot/app/FILE.php:12\nStack trace:\n#0 /srv/depot/app/Runner.php(31): Depot\\{closure}(Array)\n#1 /srv/depot/app/index.php(20): Depot\\Runner->run()\n#2 {main}",
            ".php:12",
            ".php:40",
        ),
        (
            "Error: x in /srv/depot/FILE.php:12\nStack trace:\n#0 /srv/depot/vendor/kernel/Dispatcher.php(42): {closure:/srv/depot/FILE.php:10}()\n#1 /srv/depot/app/Runner.php(20): Depot\\Runner->run()\n#2 {main}",
            ":10}",
            ":38}",
        ),
        (
            "#0      <anonymous closure> (package:depot/FILE.dart:12:3)\n#1      Runner.run (package:depot/runner.dart:40:5)",
            ":12:3",
            ":40:9",
        ),
    ];
    for (trace, line, moved) in cases {
        let mail = trace.replace("FILE", "mail");
        same(&mail, &mail.replace(line, moved));
        same(&mail, &mail.replace("/srv/depot/", "/var/www/releases/17/"));
        apart(&mail, &trace.replace("FILE", "billing"));
    }
}

#[test]
fn lambdas_are_told_apart_by_the_functions_they_stand_in() {
    let cpp = "#0  0x0000 in Check::fail(char const*) at /src/depot/Check.cpp:60
#1  0x0001 in Cart::refresh()::{lambda(int)#1}::operator()(int) const at /src/depot/Cart.cpp:40
#2  0x0002 in Queue::pump() at /src/depot/Queue.cpp:88
#3  0x0003 in main () at /src/depot/main.cpp:12";
    same(
        cpp,
        &cpp.replace("#1}", "#2}")
            .replace("Cart.cpp:40", "Cart.cpp:77"),
    );
    same(cpp, &cpp.replace("{lambda(int)#1}", "$_0"));
    apart(cpp, &cpp.replace("Cart::refresh", "Cart::clear"));
    let swift = "0 [ra] 0x0001 closure #1 in Desk.book() + 44 in depot at /src/Desk.swift:77:9
1 [ra] 0x0002 Queue.pump() + 12 in depot at /src/Queue.swift:7:9";
    same(swift, &swift.replace("#1", "#2").replace(":77:", ":80:"));
    apart(swift, &swift.replace("Desk.book", "Desk.close"));
}

#[test]
fn an_unnamed_function_adds_nothing_to_the_named_one_around_it() {
    let named = "Error: x\n    at book (/srv/depot/src/desk.js:3:1)\n    at poll (/srv/depot/src/worker.js:9:2)";
    same(
        named,
        &named.replace("x\n", "x\n    at /srv/depot/src/desk.js:4:9\n"),
    );
}

#[test]
fn code_of_a_file_itself_is_a_call_site() {
    let import = "Traceback (most recent call last):
  File \"/srv/depot/worker.py\", line 3, in load
  File \"/srv/depot/settings.py\", line 9, in <module>
KeyError: 'id'";
    same(import, &import.replace("line 9", "line 90"));
    apart(import, &import.replace("settings.py", "routes.py"));
}

#[test]
fn paths_may_hold_blanks_and_parentheses() {
    let v8 = "TypeError: x\n    at PLACE\n    at async Promise.all (index 4)";
    let at = |place: &str| v8.replace("PLACE", place);
    for (one, moved, other) in [
        (
            "C:\\Program Files (x86)\\Depot\\src\\cart.js:10:15",
            "D:\\Apps (work)\\Depot\\src\\cart.js:33:15",
            "C:\\Program Files (x86)\\Depot\\src\\till.js:10:15",
        ),
        (
            "total (/srv/my apps (old)/depot/cart.js:10:15)",
            "total (/srv/my apps/depot/cart.js:1:5)",
            "price (/srv/my apps (old)/depot/cart.js:10:15)",
        ),
        (
            "(anonymous function).then (/srv/depot/src/cart.js:1:33)",
            "(anonymous function).then (/opt/depot/src/cart.js:9:33)",
            "(anonymous function).then (/srv/depot/src/till.js:1:33)",
        ),
        (
            "https://depot.example/_next/static/chunks/app/(shop)/cart/page-1a2b3c4d5e6f7081.js:1:126",
            "https://depot.example/_next/static/chunks/app/(shop)/cart/page-8f7e6d5c4b3a2910.js:1:44",
            "https://depot.example/_next/static/chunks/app/(shop)/till/page-1a2b3c4d5e6f7081.js:1:126",
        ),
    ] {
        same(&at(one), &at(moved));
        apart(&at(one), &at(other));
    }
    let go = "goroutine 3 [running]:
main.recoverer.func1()
\tC:/Users/App User/depot/main.go:15 +0x5d
panic({0x7ff6, 0xc0})
\tC:/Program Files/Go/src/runtime/panic.go:785 +0x132
main.Save(0xc)
\tC:/Users/App User/depot/save.go:12 +0x1d";
    same(go, &go.replace("App User", "me"));
    apart(go, &go.replace("main.Save", "main.Load"));
    let net = "System.Exception: x\n   at Depot.Cart.Total(Int32 id) in C:\\Builds (x86)\\my src\\Cart.cs:line 12";
    same(
        net,
        &net.replace("Builds (x86)\\my src", "b")
            .replace("line 12", "line 9"),
    );
    let php = "Error: x in /srv/my apps (old)/Cart.php:3\nStack trace:\n#0 /srv/my apps (old)/index.php(3): Depot\\Cart->total()\n#1 {main}";
    same(php, &php.replace("/my apps (old)", ""));
}

#[test]
fn calls_of_eval_are_where_it_was_called() {
    let at = |place: &str| format!("Error: x\n    at eval (eval at {place}, <anonymous>:1:9)");
    let one = at("render (/srv/depot/src/view.js:3:1)");
    same(&one, &at("render (/srv/depot/src/view.js:30:1)"));
    same(
        &one,
        &at("<anonymous> (eval at render (/srv/depot/src/view.js:3:1), <anonymous>:1:1)"),
    );
    apart(&one, &at("render (/srv/depot/src/mail.js:3:1)"));
}

#[test]
fn frames_of_webassembly_are_known_by_their_functions() {
    let v8 = "RuntimeError: unreachable
    at rust_panic (wasm://wasm/depot.wasm-0a1b2c3d:wasm-function[3999]:0x1d1b9f)
    at core::panicking::panic_fmt::h9f8e7d6c5b4a3920 (wasm://wasm/depot.wasm-0a1b2c3d:wasm-function[2710]:0x1b0e7c)
    at depot::book::post::h0123456789abcdef (wasm://wasm/depot.wasm-0a1b2c3d:wasm-function[512]:0x9b3e)
    at run (https://depot.example/assets/index-BxYz12Qa.js:12:34567)";
    let rebuilt = v8
        .replace("0a1b2c3d", "ffee0011")
        .replace("h0123456789abcdef", "hfedcba9876543210")
        .replace("[512]:0x9b3e", "[77]:0x41c7e");
    same(v8, &rebuilt);
    same(v8, &v8.replace("at depot::", "at depot.wasm.depot::"));
    apart(v8, &v8.replace("book::post", "tax::round"));
    let gecko = "core::panicking::panic_fmt::h9f8e7d6c5b4a3920@https://depot.example/pkg/depot_bg.wasm:wasm-function[2710]:0x1b0e7c
depot::book::post::h0123456789abcdef@https://depot.example/pkg/depot_bg.wasm:wasm-function[512]:0x9b3e
run@https://depot.example/assets/index-BxYz12Qa.js:12:34567";
    same(gecko, &gecko.replace("[512]:0x9b3e", "[7]:0x1"));
    apart(gecko, &gecko.replace("book::post", "tax::round"));
    let numbered = "RuntimeError: unreachable
    at wasm://wasm/0a1b2c3d:wasm-function[512]:0x9b3e
    at run (https://depot.example/assets/index-BxYz12Qa.js:12:34567)";
    same(
        numbered,
        &numbered.replace("512", "9").replace("0a1b2c3d", "00112233"),
    );
    apart(numbered, &numbered.replace("at run", "at stop"));
}

#[test]
fn the_source_line_tells_failures_in_one_function_apart() {
    let of = |line: &str| {
        format!(
            "Traceback (most recent call last):
  File \"/srv/depot/desk.py\", line 12, in book
    {line}
    ~~~~~~~~^^^^^^^^
KeyError: 7"
        )
    };
    let one = of("account = ACCOUNTS[request[\"account\"]]");
    apart(&one, &of("rate = RATES[request[\"currency\"]]"));
    same(&one, &one.replace("line 12", "line 40"));
    same(&one, &of("account  =  ACCOUNTS[ request['account'] ]"));
    same(&of("seat = row[17]"), &of("seat = row[4]"));
}
