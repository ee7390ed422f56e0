//! What people paste: the announcement of an error for its message, what a console or a log shipper put before it, and
//! texts whose end is missing.

use super::super::{assert_apart, assert_same, explain};

/// The message as it was hashed.
#[track_caller]
fn says(message: &str, trace: Option<&str>, expected: &str) {
    let explanation = explain(message, trace);
    let said = explanation
        .inputs
        .iter()
        .find(|part| part.name == "message");
    let said = said.map(|part| part.value.as_str());
    assert_eq!(said, Some(expected), "{message}\n{:?}", explanation.inputs);
}

#[test]
fn the_announcement_of_a_panic_says_what_the_panic_says() {
    let old = "thread 'main' panicked at 'no lamp at 7', src/lamps/row.rs:40:9";
    let new = "thread 'main' panicked at src/lamps/row.rs:40:9:\nno lamp at 7";
    let traced = format!(
        "{new}\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
    );
    says(old, None, "no lamp at <*>");
    assert_same((old, None), (new, None));
    assert_same((old, None), (old, Some(old)));
    assert_same((new, None), ("no lamp at 9", Some(&traced)));
    let elsewhere = "thread 'main' panicked at 'no lamp at 7', src/lamps/column.rs:40:9";
    assert_apart((old, None), (elsewhere, None));
    let otherwise = "thread 'main' panicked at 'row is dark', src/lamps/row.rs:40:9";
    assert_apart((old, None), (otherwise, None));
}

#[test]
fn an_uncaught_exception_on_apples_systems_is_its_reason() {
    let announced = |reason: &str| {
        format!(
            "*** Terminating app due to uncaught exception 'NSInvalidArgumentException', reason: '{reason}'"
        )
    };
    let dim = announced("-[Lamp dim:]: unrecognized selector sent to instance 0x600002966a30");
    let again = announced("-[Lamp dim:]: unrecognized selector sent to instance 0x12874f100");
    let lit = announced("-[Lamp lit:]: unrecognized selector sent to instance 0x600002966a30");
    assert_same((&dim, None), (&again, None));
    assert_apart((&dim, None), (&lit, None));
    let logged = format!("2019-03-07 23:50:29.115379-0600 Lamps[21086:280903] {dim}");
    assert_same((&dim, None), (&logged, None));
}

#[test]
fn the_announcement_of_a_ruby_exception_says_what_it_says() {
    let trace =
        "/srv/lamps/row.rb:4:in `light': no lamp (IndexError)\n\tfrom /srv/lamps/app.rb:9:in `run'";
    let announced = "/srv/lamps/row.rb:4:in `light': no lamp (IndexError)";
    assert_same((announced, Some(trace)), ("no lamp", Some(trace)));
    assert_same(
        (announced, Some(trace)),
        ("IndexError: no lamp", Some(trace)),
    );
}

#[test]
fn quotation_marks_around_a_whole_message_hide_nothing() {
    let message = "could not light the lamp: no current";
    for quote in ["\"", "'", "`"] {
        assert_same((message, None), (&format!("{quote}{message}{quote}"), None));
    }
    assert_apart(
        ("\"could not light the lamp\"", None),
        ("\"could not dim the lamp\"", None),
    );
}

#[test]
fn codes_behind_the_type_do_not_hide_it() {
    let trace = "System.Net.Sockets.SocketException (11001): No such host is known.
   at Lamps.Grid.Connect(String host)
   at Lamps.App.Start()";
    assert_same(
        (
            "System.Net.Sockets.SocketException (11001): No such host is known.",
            Some(trace),
        ),
        ("No such host is known.", Some(trace)),
    );
    let dialog = format!("Version: 1.2.3\nDate: 11/13/2025 1:35:39 PM\nException:\n{trace}");
    assert_same(
        ("No such host is known.", Some(trace)),
        ("No such host is known.", Some(&dialog)),
    );
}

#[test]
fn consoles_announce_exceptions_in_their_own_words() {
    let trace = "java.lang.IllegalStateException: no lamp
\tat org.lamps.Row.light(Row.java:41)
\tat org.lamps.App.onCreate(App.java:17)";
    let play = "Exception java.lang.IllegalStateException: no lamp
  at org.lamps.Row.light (Row.java:41)
  at org.lamps.App.onCreate (App.java:17)";
    let crashlytics = "Fatal Exception: java.lang.IllegalStateException: no lamp
       at org.lamps.Row.light(Row.java:41)
       at org.lamps.App.onCreate(App.java:17)";
    let logcat =
        "2020-01-11 17:56:41.155 25469-25469/org.lamps E/AndroidRuntime: FATAL EXCEPTION: main
    Process: org.lamps, PID: 25469
    java.lang.IllegalStateException: no lamp
        at org.lamps.Row.light(Row.java:41)
        at org.lamps.App.onCreate(App.java:17)";
    for other in [play, crashlytics, logcat] {
        let first = other.lines().next().unwrap_or_default();
        assert_same(("no lamp", Some(trace)), (first, Some(other)));
        assert_same(("no lamp", Some(trace)), (other, None));
    }
}

#[test]
fn what_the_system_put_around_an_exception_does_not_count() {
    let bare = "java.lang.IllegalStateException: no lamp
\tat android.app.Fragment.check(Fragment.java:91)
\tat org.lamps.Row.light(Row.java:41)
\tat org.lamps.App.onReceive(App.java:17)";
    let wrapped = format!(
        "java.lang.RuntimeException: Error receiving broadcast Intent {{ act=org.lamps.LIT flg=0x10 }} in org.lamps.App$3@6f4c412
\tat android.app.LoadedApk.lambda$run$0(LoadedApk.java:1493)
\tat android.os.Handler.handleCallback(Handler.java:873)
Caused by: {bare}"
    );
    let first = wrapped.lines().next().unwrap_or_default();
    assert_same(("no lamp", Some(bare)), (first, Some(&wrapped)));
    let other = wrapped.replace("light", "dim");
    assert_apart((first, Some(&wrapped)), (first, Some(&other)));
    let reflected = format!(
        "java.lang.reflect.InvocationTargetException\n\tat org.lamps.Bus.post(Bus.java:7)\nCaused by: {bare}"
    );
    assert_same(
        ("no lamp", Some(bare)),
        (
            "java.lang.reflect.InvocationTargetException",
            Some(&reflected),
        ),
    );
}

#[test]
fn prefixes_of_a_message_are_its_loggers() {
    for prefixed in [
        "lamps_postgres    | 2023-07-11 08:17:29.479 UTC [60] ERROR:  no current in row",
        "2023-05-06 00:36:55.113 UTC [7332] lamps@lamps ERROR:  no current in row",
        "[Wed Sep 17 19:52:19 2014] [error] no current in row",
        "web_1  | no current in row",
        "2020-01-11 17:56:41.155 25469-25469/org.lamps E/Lamps: no current in row",
        "2023-01-11 17:56:41.155 25469-25480 Lamps org.lamps E no current in row",
    ] {
        says(prefixed, None, "no current in row");
    }
    says("lamps | no current", None, "lamps | no current");
}

#[test]
fn the_sentence_of_a_cut_object_is_read() {
    let whole =
        r#"{"id":"7","message":"no current in row 4","trace":[{"file":"/srv/a.php","line":3}]}"#;
    let cut = &whole[..whole.len() - 9];
    assert_same((whole, None), (cut, None));
    assert_same((whole, None), ("no current in row 4", None));
}

#[test]
fn code_with_line_numbers_is_no_message() {
    let shown = "Cannot read properties of undefined (reading 'light'): /app/row.js (91:34)

  89 |   // first
  90 |   yield ready;
> 91 |   return this.row.light(lamp);
     |                  ^
  92 | }

Other
words";
    let older = "Cannot read properties of undefined (reading 'light'): /srv/row.js (48:30)

  47 |   await ready;
> 48 |   return this.line.light(lamp);
     |                   ^";
    assert_same((shown, None), (older, None));
}

#[test]
fn a_message_may_hold_its_trace_on_one_line() {
    let line = "TypeError: no lamp     at light (/srv/lamps/row.js:4:7)     at run (/srv/lamps/app.js:9:1)";
    let lines = "TypeError: no lamp\n    at light (/srv/lamps/row.js:4:7)\n    at run (/srv/lamps/app.js:9:1)";
    assert_same((line, None), (lines, None));
    assert_same((line, None), ("no lamp", Some(lines)));
    says(
        "look at it (again) at noon (today)",
        None,
        "look at it (again) at noon (today)",
    );
}

#[test]
fn flutter_names_the_type_in_a_sentence() {
    let trace = "The following StateError was thrown building Row(dirty):
no lamp
Receiver: null

When the exception was thrown, this was the stack:
#0      Row.light (package:lamps/row.dart:41:5)
#1      App.build (package:lamps/app.dart:17:5)";
    let types = explain("no lamp", Some(trace)).exception_types;
    assert_eq!(types, ["StateError"]);
}

#[test]
fn stacks_of_erlang_are_read_however_they_are_broken() {
    let report = "=CRASH REPORT==== 4-Apr-2018::03:19:35 ===
  crasher:
    initial call: gen:init_it/6
    exception exit: {{badmatch,{error,dark}},
                     [{lamps_row,light,2,
                          [{file,\"src/lamps_row.erl\"},
                           {line,905}]},
                      {lamps_row,'-all/2-lc$^0/1-0-',2,
                          [{file,\"src/lamps_row.erl\"},{line,860}]},
                      {gen_server,try_dispatch,4,[{file,\"gen_server.erl\"},{line,615}]}]}";
    let logged = "** {{badmatch,{error,dark}},
    [{lamps_row,light,2,[{file,\"src/lamps_row.erl\"},{line,901}]},
     {lamps_row,'-all/2-lc$^0/1-0-',2,
                [{file,\"src/lamps_row.erl\"},{line,855}]},
     {gen_server2,handle_msg,2,[{file,\"src/gen_server2.erl\"},{line,1050}]}]}";
    let explained = explain("no lamp", Some(report));
    let frames: Vec<&str> = explained
        .inputs
        .iter()
        .filter(|part| part.name == "frame")
        .map(|part| part.value.as_str())
        .collect();
    assert_eq!(frames, ["lamps_row light", "lamps_row all"]);
    assert_eq!(explained.exception_types, ["badmatch"]);
    let other = logged.replace("light,2", "dim,2");
    assert_apart(("no lamp", Some(logged)), ("no lamp", Some(&other)));
    let clause = "{function_clause,[{lamps_row,light,[{lamp,7},\"dark\"],[{file,\"src/lamps_row.erl\"},{line,905}]}]}";
    let explained = explain("no lamp", Some(clause));
    assert_eq!(explained.exception_types, ["function_clause"]);
    assert!(
        explained
            .inputs
            .iter()
            .any(|part| part.value == "lamps_row light")
    );
}

#[test]
fn a_message_alone_is_told_by_the_file_that_it_ends_with() {
    let php = |file: &str, line: u32| {
        format!("PHP Warning: Undefined variable $lamp in {file} on line {line}")
    };
    let row = php("/srv/www/lamps/src/row.php", 12);
    assert_same(
        (&row, None),
        (&php("/var/www/html/lamps/src/row.php", 90), None),
    );
    assert_apart(
        (&row, None),
        (&php("/srv/www/lamps/src/column.php", 12), None),
    );
    let perl =
        |file: &str| format!("Can't call method \"light\" on an undefined value at {file} line 7.");
    assert_same(
        (&perl("lib/Row.pm"), None),
        (&perl("/opt/lamps/lib/Row.pm"), None),
    );
    assert_apart((&perl("lib/Row.pm"), None), (&perl("lib/Column.pm"), None));
    let swift = |file: &str| {
        format!("Fatal error: Unexpectedly found nil: file Lamps/{file}.swift, line 7")
    };
    assert_apart((&swift("Row"), None), (&swift("Column"), None));
}

#[test]
fn who_loads_a_file_says_nothing_about_it() {
    let python = |script: &str| {
        format!(
            "Traceback (most recent call last):
  File \"/srv/{script}.py\", line 3, in <module>
    from lamps.rows import Row
  File \"/usr/lib/python3.11/site-packages/lamps/{script}_rows.py\", line 9, in <module>
    from lamps.grid import Grid
  File \"/usr/lib/python3.11/site-packages/lamps/grid.py\", line 2, in <module>
    import currents
ModuleNotFoundError: No module named 'currents'"
        )
    };
    let missing = "No module named 'currents'";
    assert_same(
        (missing, Some(&python("shop"))),
        (missing, Some(&python("hall"))),
    );
    let node = |tool: &str| {
        format!(
            "Error: no current
    at Object.<anonymous> (/app/node_modules/lamps/index.js:2:21)
    at Object.<anonymous> (/app/node_modules/{tool}/index.js:5:30)"
        )
    };
    assert_same(
        ("no current", Some(&node("hall"))),
        ("no current", Some(&node("grid"))),
    );
    let other = node("hall").replace("lamps/index", "lanterns/index");
    assert_apart(
        ("no current", Some(&node("hall"))),
        ("no current", Some(&other)),
    );
}

#[test]
fn hosts_of_plugins_and_toolkits_are_not_the_application() {
    let of = |class: &str| {
        format!(
            "java.lang.IllegalStateException: no lamp
\tat io.flutter.embedding.engine.dart.DartMessenger$Reply.reply(DartMessenger.java:148)
\tat io.flutter.plugin.common.MethodChannel$IncomingMethodCallHandler$1.success(MethodChannel.java:234)
\tat PluginClassLoader for lamps//{class}.light(Row.java:18)"
        )
    };
    assert_apart(
        ("no lamp", Some(&of("org.lamps.Row"))),
        ("no lamp", Some(&of("org.halls.Row"))),
    );
    let window = |call: &str| {
        format!(
            "System.InvalidOperationException: no lamp
   at System.Windows.Shell.{call}(IntPtr hwnd)
   at System.Windows.Threading.ExceptionWrapper.InternalRealCall(Delegate callback, Object args, Int32 numArgs)"
        )
    };
    assert_apart(
        ("no lamp", Some(&window("Glass.Extend"))),
        ("no lamp", Some(&window("Backdrop.Update"))),
    );
}

#[test]
fn crash_reporters_number_calls_and_notebooks_link_them() {
    let at = "java.lang.IllegalStateException: no lamp
\tat org.lamps.Row.light(Row.java:41)
\tat org.lamps.App.onCreate(App.java:17)";
    let numbered = "java.lang.IllegalStateException

no lamp

1 org.lamps.Row.light(Row.java:44)
--
2 org.lamps.App.onCreate(App.java:19)";
    assert_same(("no lamp", Some(at)), ("no lamp", Some(numbered)));
    let plain = "Traceback (most recent call last):
  File \"/usr/lib/python3.11/site-packages/lamps/row.py\", line 9, in light
    return self.lamps['first']
KeyError: 'first'";
    let linked = "KeyError                                  Traceback (most recent call last)
[<ipython-input-7-88569ce3fe7c>](https://localhost:8080/#) in <cell line: 4>()
----> 4 row.light()

[/usr/local/lib/python3.10/dist-packages/lamps/row.py](https://localhost:8080/#) in light(self)
--> 161         return self.lamps['first']

KeyError: 'first'";
    assert_same(
        ("KeyError: 'first'", Some(plain)),
        ("KeyError: 'first'", Some(linked)),
    );
}

#[test]
fn a_trace_in_another_encoding_is_read_by_its_shape() {
    let trace = |at: &str| {
        format!(
            "System.InvalidOperationException: no lamp
   {at} Lamps.Row.Light(Int32 at) dans M:\\lamps\\Row.cs:ligne 13
   {at} Lamps.App.Start()"
        )
    };
    assert_same(
        ("no lamp", Some(&trace("\u{e0}"))),
        ("no lamp", Some(&trace("\u{fffd}"))),
    );
}
