//! What logs leave of announcements and of chains of exceptions.

use super::super::{assert_apart, assert_same};

#[test]
fn a_chain_of_python_needs_no_empty_lines() {
    let spaced = "Traceback (most recent call last):
  File \"/srv/lamps/row.py\", line 4, in light
    await lamp.on()
KeyError: 'lamp'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"/srv/lamps/app.py\", line 9, in evening
    raise Dark()
lamps.Dark: no light";
    let close = spaced.replace("\n\n", "\n");
    assert_same(("no light", Some(spaced)), ("no light", Some(&close)));
    let direct = close.replace(
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    );
    assert_same(("no light", Some(spaced)), ("no light", Some(&direct)));
}

#[test]
fn an_old_panic_is_announced_with_and_without_its_place() {
    let bare = "thread 'lamps' panicked at 'called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound }'";
    let std = format!("{bare}, src/libcore/result.rs:1009:5");
    assert_same((bare, None), (&std, None));
    let own = format!("{bare}, src/row.rs:40:9");
    assert_apart((&std, None), (&own, None));
    assert_apart((bare, None), (&bare.replace("code: 2", "code: 13"), None));
}

#[test]
fn a_prefix_has_one_level() {
    let bare = "Error doing job: no lamp";
    for prefix in [
        "2024-11-13 23:39:00.400 ERROR (MainThread) [lamps] ",
        "[2024-11-13 23:39:00] [error] ",
    ] {
        assert_same((bare, None), (&format!("{prefix}{bare}"), None));
    }
}
