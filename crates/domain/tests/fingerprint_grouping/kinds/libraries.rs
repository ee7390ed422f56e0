//! Frames of libraries, of the run time, and of the files that start tools.

use super::super::explain;
use super::{apart, same};

#[test]
fn frames_of_the_run_time_never_count() {
    let node = "Error: Command failed
    at ChildProcess.exithandler (node:child_process:399:12)
    at ChildProcess.emit (node:events:519:28)
    at maybeClose (node:internal/child_process:1099:16)";
    same(
        node,
        &node.replace(
            "    at maybe",
            "    at ChildProcess.emit (node:domain:489:12)\n    at maybe",
        ),
    );
    let old = "Error: Cannot find it
    at Function.Module._resolveFilename (module.js:470:15)
    at Module.require (module.js:497:17)
    at emitOne (events.js:96:13)
    at Object.<anonymous> (/srv/pumps/node_modules/pump/index.js:12:1)";
    same(old, &old.replace("    at emitOne (events.js:96:13)\n", ""));
    let python = "Traceback (most recent call last):
  File \"/usr/lib/python3.11/threading.py\", line 982, in run
  File \"/usr/lib/python3.11/site-packages/pumps/line.py\", line 3, in start
  File \"/usr/lib/python3.11/json/decoder.py\", line 355, in raw_decode
ValueError: x";
    let newer = python
        .replace("raw_decode", "scan")
        .replace("python3.11", "python3.14")
        .replace("in run", "in _bootstrap");
    same(python, &newer);
    apart(python, &python.replace("in start", "in stop"));
    for trace in [
        "java.io.IOException: x\n\tat java.base/sun.nio.ch.Net.poll(Net.java:3)\n\tat java.base/java.net.Socket.read(Socket.java:9)",
        "System.IO.IOException: x\n   at System.Net.Sockets.Socket.Read(Byte[] buffer)",
        "** (ArgumentError) x\n    (elixir 1.15.7) lib/enum.ex:2510: Enum.map/2",
        "#0      _rootRun (dart:async/zone.dart:1399:13)",
    ] {
        let counted = explain("x", Some(trace))
            .frames
            .into_iter()
            .filter(|f| f.counted);
        assert_eq!(counted.count(), 0, "{trace}");
    }
}

#[test]
fn a_tool_that_is_installed_as_a_library_is_known_by_its_library() {
    let ruby = "/usr/lib/ruby/gems/1.8/gems/pumps-2.1.0/lib/pumps/primer.rb:88:in `prime'
/usr/lib/ruby/gems/1.8/gems/pumps-2.1.0/lib/pumps/cli.rb:14:in `run'";
    let launched = format!("{ruby}\n/usr/bin/pump:23:in `load'\n/usr/bin/pump:23");
    same(ruby, &launched);
    same(
        ruby,
        &ruby.replace("/usr/lib/ruby/gems/1.8", "/home/a/.gem/ruby/3.2.0"),
    );
    apart(&launched, &launched.replace("in `prime'", "in `clean'"));
    let python = "Traceback (most recent call last):
  File \"/usr/local/bin/pump\", line 8, in <module>
  File \"/usr/local/lib/python3.11/site-packages/pumps/cli.py\", line 14, in run
KeyError: 'seat'";
    apart(python, &python.replace("in run", "in stop"));
    let node = "Error: x
    at Module._resolveFilename (node:internal/modules/cjs/loader:1144:15)
    at require (node:internal/modules/helpers:176:18)
    at Object.<anonymous> (/usr/lib/node_modules/pump-cli/lib/prime.js:12:1)";
    same(node, &node.replace(":12:1", ":14:1"));
    apart(node, &node.replace("prime.js", "clean.js"));
}

#[test]
fn pseudo_frames_never_count() {
    let js = "Error: x
    at save (/srv/pumps/src/store.js:3:1)
    at async Promise.all (index 3)
    at new Promise (<anonymous>)
    at Array.map (<anonymous>)";
    same(js, &js.replace("index 3", "index 17"));
    same(js, js.split("\n    at async").next().unwrap_or_default());
}
