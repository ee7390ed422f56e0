//! What run times write by the user's language, by the engine or by the data.

use super::{assert_apart, assert_same, same};

/// Fails unless the messages are one error when both have this trace.
#[track_caller]
fn same_at(trace: &str, a: &str, b: &str) {
    assert_same((a, Some(trace)), (b, Some(trace)));
}

/// Fails unless the messages are two errors when both have this trace.
#[track_caller]
fn apart_at(trace: &str, a: &str, b: &str) {
    assert_apart((a, Some(trace)), (b, Some(trace)));
}

#[test]
fn engines_name_one_fault_differently() {
    let chrome = "TypeError: Cannot read properties of undefined (reading 'seat')\n    at pick (https://cinema.example/a/app-QD47KZ2D.js:1:900)\n    at open (https://cinema.example/a/app-QD47KZ2D.js:1:1200)";
    let firefox = "pick@https://cinema.example/a/app-QD47KZ2D.js:1:880\nopen@https://cinema.example/a/app-QD47KZ2D.js:1:1185";
    let said = "TypeError: Cannot read properties of undefined (reading 'seat')";
    for other in [
        "TypeError: can't access property \"seat\", e.row is undefined",
        "TypeError: undefined is not an object (evaluating 't.row.seat')",
    ] {
        assert_same((said, Some(chrome)), (other, Some(firefox)));
    }
    apart_at(chrome, said, &said.replace("seat", "price"));
    apart_at(chrome, said, &said.replace("undefined", "null"));
    // A minifier names the receiver.
    same_at(
        firefox,
        "TypeError: e.row.free is not a function",
        "TypeError: t.row.free is not a function. (In 't.row.free()', 't.row.free' is undefined)",
    );
    apart_at(
        firefox,
        "TypeError: e.free is not a function",
        "TypeError: e.book is not a function",
    );
    same_at(
        firefox,
        "ReferenceError: seats is not defined",
        "ReferenceError: Can't find variable: seats",
    );
    same_at(
        firefox,
        "SyntaxError: JSON.parse: unexpected character at line 1 column 1 of the JSON data",
        "SyntaxError: Expected double-quoted property name in JSON at position 12 (line 1 column 13)",
    );
}

#[test]
fn what_the_clr_alone_throws_says_nothing_in_any_language() {
    let trace = "   at Cinema.Hall.Pick(Int32 row)\n   at Cinema.Till.Sell()";
    same_at(
        trace,
        "System.NullReferenceException: Object reference not set to an instance of an object.",
        "System.NullReferenceException: La référence d'objet n'est pas définie à une instance d'un objet.",
    );
    apart_at(
        trace,
        "System.NullReferenceException: Object reference not set to an instance of an object.",
        "System.IndexOutOfRangeException: Index was outside the bounds of the array.",
    );
    apart_at(
        trace,
        "System.InvalidOperationException: row is closed",
        "System.InvalidOperationException: row is full",
    );
}

#[test]
fn postgresql_tells_its_conditions_by_code() {
    let log = |said: &str| {
        format!(
            "2026-01-02 03:04:05 UTC [12] ERROR:  {said}\n2026-01-02 03:04:05 UTC [12] STATEMENT:  INSERT INTO seats (id, hall) VALUES (7, 'b')"
        )
    };
    let reported = |a: &str, b: &str, same: bool| {
        let (one, other) = (log(a), log(b));
        if same {
            assert_same((a, Some(&one)), (b, Some(&other)));
        } else {
            assert_apart((a, Some(&one)), (b, Some(&other)));
        }
    };
    let english = "duplicate key value violates unique constraint \"seats_pkey\"";
    for other in [
        "23505: duplicate key value violates unique constraint \"seats_pkey\"",
        "23505: la valeur d'une clé dupliquée rompt la contrainte unique « seats_pkey »",
        "23505: llave duplicada viola restricción de unicidad «seats_pkey»",
    ] {
        reported(english, other, true);
    }
    reported(english, &english.replace("pkey", "hall_key"), false);
    reported(english, "deadlock detected", false);
    reported(
        "canceling statement due to statement timeout",
        "canceling statement due to user request",
        false,
    );
}

#[test]
fn a_key_is_a_value_unless_the_source_names_it() {
    let trace = |line: &str, key: &str| {
        format!(
            "Traceback (most recent call last):\n  File \"/srv/cinema/till.py\", line 7, in sell\n    {line}\nKeyError: {key}"
        )
    };
    same(
        &trace("seat = SEATS[number]", "'A7'"),
        &trace("seat = SEATS[number]", "'balcony'"),
    );
    let message = |line: &str, key: &str| (format!("KeyError: {key}"), trace(line, key));
    let one = message("hall, row = ticket['hall'], ticket['row']", "'hall'");
    let other = message("hall, row = ticket['hall'], ticket['row']", "'row'");
    assert_apart((&one.0, Some(&one.1)), (&other.0, Some(&other.1)));
}

#[test]
fn what_was_looked_up_is_a_value_where_the_place_is_known() {
    let trace = "java.lang.IllegalStateException: no seat\n\tat org.cinema.Hall.pick(Hall.java:7)\n\tat org.cinema.Till.sell(Till.java:9)";
    same_at(trace, "no seat for row_b", "no seat for 17/4");
    assert_apart(("no seat for row_b", None), ("no seat for row_c", None));
}

#[test]
fn rust_without_qualified_names_is_known_by_its_files() {
    let trace = |inlined: &str| {
        format!(
            "thread 'main' panicked at hall/src/plan.rs:40:9:\nrow 7 is closed\nstack backtrace:\n   0: rust_begin_unwind\n   1: core::panicking::panic_fmt\n   2: {inlined}\n             at ./hall/src/plan.rs:40:9\n   3: cinema::till::Till::sell\n             at ./hall/src/till.rs:12:5\n   4: cinema::main\n             at ./hall/src/main.rs:3:5"
        )
    };
    same(&trace("cinema::plan::pick"), &trace("pick"));
    super::apart(&trace("cinema::plan::pick"), &trace("cinema::plan::free"));
}

#[test]
fn versions_of_ruby_name_receivers_differently() {
    let old = "till.rb:3:in `sell': undefined method `row' for nil:NilClass (NoMethodError)\n\tfrom hall.rb:9:in `open'";
    let new = "till.rb:3:in 'Till#sell': undefined method 'row' for nil (NoMethodError)\n\tfrom hall.rb:9:in 'Hall#open'";
    assert_same(
        (
            "NoMethodError: undefined method `row' for nil:NilClass",
            Some(old),
        ),
        ("NoMethodError: undefined method 'row' for nil", Some(new)),
    );
    super::super::one_error(&[&[
        "undefined method `row' for #<Hall::Seat:0x00007f01 @row=1>",
        "undefined method 'row' for an instance of Hall::Seat",
    ]]);
}

#[test]
fn mappings_of_any_language_are_data() {
    super::super::one_error(&[
        &[
            "key :seat not found in: %{id: 7, name: \"Ana\"}",
            "key :seat not found in: %{}",
        ],
        &[
            "bad ticket {'row': 'b', 'price': 3}",
            "bad ticket {'hall': {'x': 1}}",
        ],
        &["seat taken {:row 7}", "seat taken {:row \"b\", :hall 2}"],
        &[
            "cannot read /srv/hall plan.csv: denied",
            "cannot read /srv/plan.csv: denied",
            "cannot read D:\\halls\\a b.csv: denied",
        ],
        &[
            "./deploy.sh: line 41: TARGET: unbound variable",
            "/opt/ci/deploy.sh: line 7: TARGET: unbound variable",
        ],
        &[
            "lua: hall/plan.lua:7: attempt to call a nil value (global 'seat')",
            "/opt/hall/plan.lua:91: attempt to call a nil value (global 'seat')",
        ],
    ]);
    super::super::two_errors(&[
        &[
            "./deploy.sh: line 41: TARGET: unbound variable",
            "./deploy.sh: line 41: HALL: unbound variable",
        ],
        &[
            "key :seat not found in: %{id: 7}",
            "key :row not found in: %{id: 7}",
        ],
    ]);
}

#[test]
fn a_sanitizers_headline_and_summary_are_one() {
    let trace = "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6020 at pc 0x51 bp 0x7f sp 0x7e\nREAD of size 1 at 0x6020 thread T0\n    #0 0x51a3c0 in hall_pick /src/hall/pick.c:41:9\n    #1 0x51b2d0 in till_sell /src/hall/till.c:18:3";
    same_at(
        trace,
        "AddressSanitizer: heap-buffer-overflow on address 0x6020",
        "AddressSanitizer: heap-buffer-overflow /src/hall/pick.c:41:9 in hall_pick",
    );
}
