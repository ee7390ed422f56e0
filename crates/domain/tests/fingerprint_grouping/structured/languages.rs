//! The same stack, printed by a language's run time and sent by its SDK.

use super::{LIBRARY, OWN, PYTHON, assert_agree, exception, of_sent, of_text, python, sent};

#[test]
fn python_frames_and_text_agree() {
    assert_agree("KeyError: 'price'", PYTHON, &python());
    assert_agree("'price'", PYTHON, &python());
    let chain = "Traceback (most recent call last):
  File \"/srv/tickets/store.py\", line 9, in load
ConnectionRefusedError: [Errno 111] Connection refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File \"/srv/tickets/desk.py\", line 12, in book
  File \"/srv/tickets/store.py\", line 11, in load
tickets.errors.StoreError: cannot load seat 7";
    let mut outer = exception(
        "StoreError",
        "cannot load seat 7",
        &[
            ("load", "tickets.store", "tickets/store.py", 11, OWN),
            ("book", "tickets.desk", "tickets/desk.py", 12, OWN),
        ],
    );
    outer.module = Some("tickets.errors".into());
    let inner = exception(
        "ConnectionRefusedError",
        "[Errno 111] Connection refused",
        &[("load", "tickets.store", "tickets/store.py", 9, OWN)],
    );
    let trace = sent("python", vec![outer, inner]);
    assert_agree("StoreError: cannot load seat 7", chain, &trace);
}

#[test]
fn javascript_frames_and_text_agree() {
    let node = "TypeError: seat is undefined
    at Desk.book (/srv/tickets/src/desk.js:12:9)
    at /srv/tickets/src/routes/booking.js:40:3
    at Layer.handle [as handle_request] (/srv/tickets/node_modules/express/lib/router/layer.js:95:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)";
    let trace = sent(
        "node",
        vec![exception(
            "TypeError",
            "seat is undefined",
            &[
                ("Desk.book", "desk", "/srv/tickets/src/desk.js", 12, OWN),
                (
                    "?",
                    "booking",
                    "/srv/tickets/src/routes/booking.js",
                    40,
                    OWN,
                ),
                (
                    "Layer.handle [as handle_request]",
                    "express.lib.router:layer",
                    "/srv/tickets/node_modules/express/lib/router/layer.js",
                    95,
                    LIBRARY,
                ),
                (
                    "process.processTicksAndRejections",
                    "task_queues",
                    "node:internal/process/task_queues",
                    95,
                    LIBRARY,
                ),
            ],
        )],
    );
    assert_agree("TypeError: seat is undefined", node, &trace);
    let browser = "RangeError: no seat 7
    at Desk.book (https://tickets.example/assets/index-DiwrgTda.js:2:99)
    at HTMLButtonElement.onClick (https://tickets.example/assets/index-DiwrgTda.js:2:140)";
    let file = "https://tickets.example/assets/index-B4qz81Kx.js?v=2";
    let trace = sent(
        "javascript",
        vec![exception(
            "RangeError",
            "no seat 9",
            &[
                ("Desk.book", "", file, 1, OWN),
                ("HTMLButtonElement.onClick", "", file, 1, OWN),
            ],
        )],
    );
    assert_eq!(
        of_text("RangeError: no seat 7", browser),
        of_sent("RangeError: no seat 9", &trace)
    );
}

#[test]
fn java_frames_and_text_agree() {
    let text = "java.lang.IllegalStateException: seat 7 is taken
\tat com.acme.tickets.Desk.lambda$book$0(Desk.java:41)
\tat com.acme.tickets.Desk$$Lambda$12/0x00007f0001.get(Unknown Source)
\tat java.base/java.util.Optional.orElseGet(Optional.java:364)
\tat com.acme.tickets.Api.post(Api.java:18)
\tat org.springframework.web.method.HandlerMethod.invoke(HandlerMethod.java:190)
Caused by: com.acme.tickets.SeatTaken: row 3
\tat com.acme.tickets.Hall.reserve(Hall.java:9)
\tat com.acme.tickets.Desk.lambda$book$0(Desk.java:40)
\t... 12 more";
    let mut outer = exception(
        "IllegalStateException",
        "seat 7 is taken",
        &[
            (
                "lambda$book$0",
                "com.acme.tickets.Desk",
                "Desk.java",
                41,
                OWN,
            ),
            (
                "get",
                "com.acme.tickets.Desk$$Lambda$12/0x00007f0001",
                "",
                0,
                OWN,
            ),
            (
                "orElseGet",
                "java.util.Optional",
                "Optional.java",
                364,
                LIBRARY,
            ),
            ("post", "com.acme.tickets.Api", "Api.java", 18, OWN),
            (
                "invoke",
                "org.springframework.web.method.HandlerMethod",
                "HandlerMethod.java",
                190,
                LIBRARY,
            ),
        ],
    );
    outer.module = Some("java.lang".into());
    let mut inner = exception(
        "SeatTaken",
        "row 3",
        &[
            ("reserve", "com.acme.tickets.Hall", "Hall.java", 9, OWN),
            (
                "lambda$book$0",
                "com.acme.tickets.Desk",
                "Desk.java",
                40,
                OWN,
            ),
            ("post", "com.acme.tickets.Api", "Api.java", 18, OWN),
        ],
    );
    inner.module = Some("com.acme.tickets".into());
    let trace = sent("java", vec![outer, inner]);
    assert_agree("IllegalStateException: seat 7 is taken", text, &trace);
}

#[test]
fn dotnet_frames_and_text_agree() {
    let text = "System.InvalidOperationException: seat 7 is taken
   at Acme.Tickets.Desk.<BookAsync>d__5.MoveNext() in C:\\src\\Desk.cs:line 41
--- End of stack trace from previous location ---
   at Acme.Tickets.Api.Post(Int32 seat)
   at Microsoft.AspNetCore.Mvc.ControllerBase.Invoke()";
    for method in [
        "MoveNext",
        "MoveNext()",
        "BookAsync",
        "async Task<Seat> BookAsync(int seat)",
    ] {
        let class = if method.starts_with("MoveNext") {
            "Acme.Tickets.Desk+<BookAsync>d__5"
        } else {
            "Acme.Tickets.Desk"
        };
        let trace = sent(
            "csharp",
            vec![exception(
                "System.InvalidOperationException",
                "seat 7 is taken",
                &[
                    (method, class, "C:\\src\\Desk.cs", 41, OWN),
                    ("Post(Int32 seat)", "Acme.Tickets.Api", "", 0, OWN),
                    (
                        "Invoke",
                        "Microsoft.AspNetCore.Mvc.ControllerBase",
                        "",
                        0,
                        LIBRARY,
                    ),
                ],
            )],
        );
        assert_agree("seat 7 is taken", text, &trace);
    }
}

#[test]
fn go_frames_and_text_agree() {
    let text = "panic: runtime error: index out of range [7] with length 3

goroutine 1 [running]:
example.org/tickets/hall.(*Hall).Reserve(0xc000012345, 0x7)
\t/src/tickets/hall/hall.go:33 +0x1d
example.org/tickets/desk.Book.func1(...)
\t/src/tickets/desk/desk.go:12 +0x44
main.main()
\t/src/tickets/main.go:9 +0x2a";
    let trace = sent(
        "go",
        vec![exception(
            "runtime.boundsError",
            "runtime error: index out of range [7] with length 3",
            &[
                (
                    "(*Hall).Reserve",
                    "example.org/tickets/hall",
                    "hall/hall.go",
                    33,
                    OWN,
                ),
                (
                    "Book.func1",
                    "example.org/tickets/desk",
                    "desk/desk.go",
                    12,
                    OWN,
                ),
                ("main", "main", "main.go", 9, OWN),
            ],
        )],
    );
    assert_agree(
        "panic: runtime error: index out of range [7] with length 3",
        text,
        &trace,
    );
}

#[test]
fn ruby_frames_and_text_agree() {
    let text = "/srv/tickets/app/models/hall.rb:9:in `block in reserve': no seat (NoMethodError)
\tfrom /srv/tickets/app/models/hall.rb:8:in `each'
\tfrom /srv/tickets/app/models/hall.rb:8:in `reserve'
\tfrom /srv/tickets/app/desk.rb:3:in `book'
\tfrom /usr/lib/ruby/gems/3.2.0/gems/rack-3.0/lib/rack/builder.rb:200:in `call'";
    let trace = sent(
        "ruby",
        vec![exception(
            "NoMethodError",
            "no seat",
            &[
                ("block in reserve", "", "app/models/hall.rb", 9, OWN),
                ("each", "", "app/models/hall.rb", 8, OWN),
                ("reserve", "", "app/models/hall.rb", 8, OWN),
                ("book", "", "app/desk.rb", 3, OWN),
                ("call", "", "rack/builder.rb", 200, LIBRARY),
            ],
        )],
    );
    assert_agree("no seat", text, &trace);
    assert_agree("no seat (NoMethodError)", text, &trace);
}

#[test]
fn php_frames_and_text_agree() {
    let text = "PHP Fatal error:  Uncaught Tickets\\SeatTaken: seat 7 is taken in /srv/tickets/src/Hall.php:41
Stack trace:
#0 /srv/tickets/src/Desk.php(12): Tickets\\Hall->reserve(7)
#1 [internal function]: Tickets\\Desk::{closure}(Array)
#2 /srv/tickets/src/Desk.php(10): array_map(Object(Closure), Array)
#3 /srv/tickets/public/index.php(3): Tickets\\Desk->book(7)
#4 {main}
  thrown in /srv/tickets/src/Hall.php on line 41";
    let trace = sent(
        "php",
        vec![exception(
            "Tickets\\SeatTaken",
            "seat 7 is taken",
            &[
                ("Tickets\\Hall::reserve", "", "/src/Hall.php", 41, OWN),
                ("Tickets\\Desk::{closure}", "", "/src/Desk.php", 12, OWN),
                ("array_map", "", "[internal]", 0, LIBRARY),
                ("Tickets\\Desk::book", "", "/src/Desk.php", 10, OWN),
                ("", "", "/public/index.php", 3, OWN),
            ],
        )],
    );
    assert_agree("seat 7 is taken", text, &trace);
}

#[test]
fn rust_and_native_frames_and_text_agree_whatever_their_flags() {
    let text = "thread 'main' panicked at src/hall.rs:41:9:
seat 7 is taken
stack backtrace:
   0: rust_begin_unwind
   1: core::panicking::panic_fmt
   2: tickets::hall::Hall::reserve
   3: tickets::desk::book::{{closure}}
   4: core::ops::function::FnOnce::call_once
   5: tickets::main";
    for flag in [OWN, LIBRARY, None] {
        let trace = sent(
            "rust",
            vec![exception(
                "panic",
                "seat 7 is taken",
                &[
                    ("tickets::hall::Hall::reserve", "", "hall.rs", 41, flag),
                    ("tickets::desk::book::{{closure}}", "", "desk.rs", 3, OWN),
                    ("core::ops::function::FnOnce::call_once", "", "", 0, OWN),
                    ("tickets::main", "", "main.rs", 3, flag),
                ],
            )],
        );
        assert_agree("seat 7 is taken", text, &trace);
    }
    let text = "#0  0x000055d1 in Hall::reserve(int) at /src/tickets/Hall.cpp:41
#1  0x000055d2 in Desk::book(int) at /src/tickets/Desk.cpp:12
#2  0x000055d3 in main () at /src/tickets/main.cpp:3";
    let trace = sent(
        "native",
        vec![exception(
            "",
            "",
            &[
                ("Hall::reserve(int)", "", "/build/Hall.cpp", 40, LIBRARY),
                ("Desk::book(int)", "", "/build/Desk.cpp", 11, LIBRARY),
                ("main", "", "/build/main.cpp", 3, LIBRARY),
            ],
        )],
    );
    assert_agree("crashed", text, &trace);
}

#[test]
fn elixir_and_dart_frames_and_text_agree() {
    let text = "** (KeyError) key :seat not found
    (tickets 0.1.0) lib/tickets/hall.ex:41: Tickets.Hall.reserve/2
    (elixir 1.15.7) lib/enum.ex:1693: Enum.map/2
    (tickets 0.1.0) lib/tickets/desk.ex:12: anonymous fn/1 in Tickets.Desk.book/1";
    let trace = sent(
        "elixir",
        vec![exception(
            "KeyError",
            "key :seat not found",
            &[
                (
                    "Tickets.Hall.reserve/2",
                    "Tickets.Hall",
                    "lib/tickets/hall.ex",
                    41,
                    OWN,
                ),
                ("Enum.map/2", "Enum", "lib/enum.ex", 1693, LIBRARY),
                (
                    "anonymous fn/1 in Tickets.Desk.book/1",
                    "Tickets.Desk",
                    "lib/tickets/desk.ex",
                    12,
                    OWN,
                ),
            ],
        )],
    );
    let printed = of_text("key :seat not found", text);
    assert_eq!(printed, of_sent("key :seat not found", &trace));
    let text = "#0      Hall.reserve (package:tickets/hall.dart:41:5)
#1      Desk.book.<anonymous closure> (package:tickets/desk.dart:12:9)
#2      _rootRun (dart:async/zone.dart:1399:13)";
    let trace = sent(
        "dart",
        vec![exception(
            "",
            "no seat",
            &[
                ("Hall.reserve", "", "package:tickets/hall.dart", 40, OWN),
                ("Desk.book.<fn>", "", "package:tickets/desk.dart", 11, OWN),
                ("_rootRun", "", "dart:async/zone.dart", 1399, LIBRARY),
            ],
        )],
    );
    assert_agree("no seat", text, &trace);
}
