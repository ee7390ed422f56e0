//! What loggers, shells and other languages make of a trace.

use super::super::assert_same;
use super::{apart, same};

const JAVA: &str = "java.lang.IllegalStateException: not primed
\tat org.pumps.Primer.prime(Primer.java:41)
\tat org.pumps.Line.start(Line.java:17)";
const PYTHON: &str = "Traceback (most recent call last):
  File \"/srv/pumps/line.py\", line 17, in start
    self.primer.prime(7)
  File \"/srv/pumps/primer.py\", line 41, in prime
    raise StateError(\"not primed\")
pumps.StateError: not primed";
const GO: &str = "panic: not primed

goroutine 7 [running]:
example.org/pumps/primer.(*Primer).Prime(0x0)
\t/src/pumps/primer/primer.go:33 +0x1d
example.org/pumps/line.Start(...)
\t/src/pumps/line/line.go:12 +0x44";
const DART: &str = "#0      Primer.prime (package:pumps/primer.dart:41:5)
#1      Line.start (package:pumps/line.dart:17:5)";
const ELIXIR: &str = "** (KeyError) key :seat not found in: %{row: 3}
    (pumps 0.3.1) lib/pumps/primer.ex:52: Pumps.Primer.prime/2
    (pumps 0.3.1) lib/pumps/line.ex:31: Pumps.Line.start/1";
const NODE: &str = "TypeError: not primed
    at prime (/srv/pumps/src/primer.js:41:5)
    at start (/srv/pumps/src/line.js:17:5)";

#[test]
fn a_prefix_of_every_line_does_not_matter_whatever_it_is() {
    for trace in [JAVA, PYTHON, GO, DART, ELIXIR, NODE] {
        for prefix in [
            "11-26 09:14:0N.551  812N  8140 E AndroidRuntime: ",
            "E/flutter (1200N): ",
            "2026/02/11 10:00:0N [DEBUG] pumps-plugin: ",
            "remote: ",
            "pumps-7d9f-abcde: ",
            "[pod/pumps-7d9f/main] ",
            "> ",
            "\u{2502} ",
            "web_1  | ",
            "2024-05-03T10:11:1N.345Z stderr F ",
        ] {
            let mut number = 0;
            let prefixed: String = trace
                .lines()
                .map(|line| {
                    number = (number + 1) % 10;
                    format!("{}{line}\n", prefix.replace('N', &number.to_string()))
                })
                .collect();
            same(trace, &prefixed);
            same(trace, &prefixed.replace(" \n", "\n"));
        }
    }
}

#[test]
fn traces_on_one_line_are_those_on_many() {
    let php = "PHP Fatal error:  Uncaught Pumps\\StateError: argument #1 is not primed in /srv/pumps/Primer.php:41
Stack trace:
#0 /srv/pumps/Line.php(17): Pumps\\Primer->prime(7)
#1 /srv/pumps/index.php(3): Pumps\\Line->start()
#2 {main}
  thrown in /srv/pumps/Primer.php on line 41";
    let net = "System.InvalidOperationException: not primed
   at Pumps.Primer.Prime(Double angle)
   at Pumps.Line.Start()";
    for trace in [php, net, JAVA, NODE] {
        same(trace, &trace.replace('\n', " "));
        same(trace, &trace.replace("\n\t", "    "));
        same(trace, &trace.replace('\n', "\\n").replace('\t', "\\t"));
        apart(
            trace,
            &trace
                .replace("rime(", "ump(")
                .replace("prime (", "pump (")
                .replace('\n', " "),
        );
    }
}

#[test]
fn the_word_for_at_may_be_of_any_language() {
    let english = "System.FormatException: not primed
   at System.Int32.Parse(String s)
   at Pumps.Primer.Prime(String text, Int32 angle) in C:\\src\\Primer.cs:line 12
   at Pumps.Line..ctor() in C:\\src\\Line.cs:line 9
   at System.Windows.Forms.Control.OnClick(EventArgs e)";
    for (at, within, line) in [
        ("bei", "in", "Zeile"),
        ("\u{e0}", "dans", "ligne"),
        ("in", "in", "riga"),
        ("bij", "in", "regel"),
        ("ved", "i", "linje"),
        ("w", "w", "wiersz"),
        (
            "\u{432}",
            "\u{432}",
            "\u{441}\u{442}\u{440}\u{43e}\u{43a}\u{430}",
        ),
        ("\u{65bc}", "\u{65bc}", "\u{884c}"),
        ("\u{5834}\u{6240}", "\u{5834}\u{6240}", "\u{884c}"),
        ("\u{c704}\u{ce58}:", "\u{d30c}\u{c77c}", "\u{c904}"),
        ("konum:", "yer", "sat\u{131}r"),
        ("\u{5728}", "\u{4f4d}\u{7f6e}", "\u{884c}\u{53f7}"),
    ] {
        let other = english
            .replace("   at ", &format!("   {at} "))
            .replace(" in C:", &format!(" {within} C:"))
            .replace(":line ", &format!(":{line} "));
        same(english, &other);
        same(
            english,
            &other.replace("Control.OnClick(EventArgs e)", "Timer.OnTick(EventArgs e)"),
        );
        apart(english, &other.replace("Primer.Prime", "Primer.Clean"));
    }
}

#[test]
fn inner_exceptions_end_in_any_language() {
    let english = "System.InvalidOperationException: outer
 ---> System.FormatException: inner
   at Pumps.Primer.Prime(String text)
   --- End of inner exception stack trace ---
   at Pumps.Line.Start()";
    same(
        english,
        &english.replace(
            "--- End of inner exception stack trace ---",
            "--- Fine della traccia dello stack dell'eccezione interna ---",
        ),
    );
    let again = english.replace(
        "   --- End of inner",
        "--- End of stack trace from previous location ---\n   --- End of inner",
    );
    same(english, &again);
}

#[test]
fn lines_of_a_reports_preamble_are_no_types() {
    let net = "System.NullReferenceException: not primed
   at Pumps.Primer.Prime(Double angle)";
    same(
        net,
        "Pumps 4.1
Time: 2026-02-11 10:00:01 +01:00
System: Windows 11

Exception: System.NullReferenceException
Message: not primed

Stack:
   at Pumps.Primer.Prime(Double angle)",
    );
    same(JAVA, &format!("Pump: 7\nState: dry\n{JAVA}"));
}

#[test]
fn the_type_before_the_message_does_not_matter() {
    for (plain, typed, trace) in [
        (
            "not primed",
            "java.lang.IllegalStateException: not primed",
            JAVA,
        ),
        ("not primed", "IllegalStateException: not primed", JAVA),
        ("not primed", "StateError: not primed", PYTHON),
        ("not primed", "Uncaught TypeError: not primed", NODE),
        (
            "key :seat not found in: %{row: 3}",
            "** (KeyError) key :seat not found in: %{row: 3}",
            ELIXIR,
        ),
        ("not primed", "panic: not primed [recovered]", GO),
    ] {
        assert_same((plain, Some(trace)), (typed, Some(trace)));
    }
}

#[test]
fn notebooks_print_traces_of_their_own() {
    let old = "---------------------------------------------------------------------------
KeyError                                  Traceback (most recent call last)
<ipython-input-5-1a2b3c4d> in <module>
      1 import pumps
----> 2 pumps.line.start()

~/pumps/line.py in start(self, seats)
     16     self.check()
---> 17     self.primer.prime(7)
     18 

~/pumps/primer.py in prime(self, seat)
     40     # Seats are by number.
---> 41     return self.seats[seat]

KeyError: 7";
    same(
        old,
        &old.replace("5-1a2b3c4d", "17-ffee0011")
            .replace("17     self", "27     self"),
    );
    apart(old, &old.replace("in prime", "in clean"));
    apart(old, &old.replace("KeyError", "IndexError"));
    let new = "---------------------------------------------------------------------------
KeyError                                  Traceback (most recent call last)
Cell In[5], line 2
      1 import pumps
----> 2 pumps.line.start()

File ~/pumps/line.py:17, in Line.start(self, seats)
     16     self.check()
---> 17     self.primer.prime(7)

File ~/pumps/primer.py:41, in Primer.prime(self, seat)
     40     # Seats are by number.
---> 41     return self.seats[seat]

KeyError: 7";
    same(old, new);
    let plain = "Traceback (most recent call last):
  File \"/home/a/pumps/line.py\", line 17, in start
    self.primer.prime(7)
  File \"/home/a/pumps/primer.py\", line 41, in prime
    return self.seats[seat]
KeyError: 7";
    same(plain, new);
}

#[test]
fn consoles_and_libraries_print_forms_of_their_own() {
    same(
        JAVA,
        &JAVA
            .replace("(Primer", " (Primer")
            .replace("(Line", " (Line"),
    );
    let errors = "not primed
example.org/pumps/primer.(*Primer).Prime
\t/src/pumps/primer/primer.go:33
example.org/pumps/line.Start
\t/src/pumps/line/line.go:12
runtime.main
\t/usr/local/go/src/runtime/proc.go:250";
    same(GO, errors);
    let php = "Pumps\\StateError: not primed in /srv/pumps/Primer.php:41
Stack trace:
#0 /srv/pumps/Line.php(17): Pumps\\Primer->prime(7)
#1 /srv/pumps/index.php(3): Pumps\\Line->start()
#2 {main}";
    let monolog = "[2026-01-01 10:00:01] production.ERROR: not primed {\"exception\":\"[object] (Pumps\\\\StateError(code: 0): not primed at /srv/pumps/Primer.php:41)
[stacktrace]
#0 /srv/pumps/Line.php(17): Pumps\\\\Primer->prime(7)
#1 /srv/pumps/index.php(3): Pumps\\\\Line->start()
#2 {main}
\"}";
    same(php, &monolog.replace("\\\\", "\\"));
    let android = "    #00 pc 000000000004ef64  /system/lib64/libc.so (abort+164)
    #01 pc 0000000000012345  /data/app/org.pumps-1/lib/arm64/libpumps.so (Primer::prime(int)+120) (BuildId: 00ff)
    #02 pc 0000000000012399  /data/app/org.pumps-1/lib/arm64/libpumps.so (Line::start()+44)";
    same(
        android,
        &android
            .replace("12345", "54321")
            .replace("+120", "+8")
            .replace("org.pumps-1", "org.pumps-2"),
    );
    apart(android, &android.replace("prime", "clean"));
}

#[test]
fn a_backtrace_without_symbols_says_where_it_panicked() {
    let of = |place: &str| {
        format!(
            "thread 'main' panicked at {place}:
not primed
stack backtrace:
   0:     0x7ff7d7e8e962 - <unknown>
   1:     0x7ff7d7eb384b - <unknown>
   2:     0x7ff90b707614 - BaseThreadInitThunk"
        )
    };
    same(&of("src\\primer.rs:177:37"), &of("src\\primer.rs:180:3"));
    apart(&of("src\\primer.rs:177:37"), &of("src\\line.rs:177:37"));
    let mac = "thread 'main' panicked at src/primer.rs:1:2:
not primed
stack backtrace:
   0:        0x10a590533 - _rust_begin_unwind
   1:        0x10a5d10df - core::panicking::panic_fmt::h2b293e6c03a76160
   2:        0x10a43c7ad - pumps::primer::prime::h736a41a5d4519ff6";
    same(
        mac,
        &mac.replace(
            "_rust_begin_unwind",
            "__rustc[4794b31dd7191200]::rust_begin_unwind",
        ),
    );
    apart(mac, &mac.replace("::prime::", "::clean::"));
}
