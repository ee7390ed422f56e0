//! Stack traces as structure, as SDKs send them, against the text that run times print.

mod languages;

use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::fingerprint::{Fingerprint, FingerprintInput, Fingerprinter, HashInput};
use faultbook_domain::stack_trace::{Exception, Frame, Mechanism, StackTrace};

/// What an SDK sends of a frame: function, module, file, line, whether it is own code.
type Sent = (&'static str, &'static str, &'static str, u32, Option<bool>);

fn frame((function, module, file, line, in_app): Sent) -> Frame<'static> {
    let text = |text: &'static str| (!text.is_empty()).then(|| text.into());
    Frame {
        function: text(function),
        module: text(module),
        file: text(file),
        line: Some(line),
        in_app,
        ..Frame::default()
    }
}

fn exception(type_name: &'static str, value: &'static str, frames: &[Sent]) -> Exception<'static> {
    Exception {
        type_name: (!type_name.is_empty()).then(|| type_name.into()),
        value: (!value.is_empty()).then(|| value.into()),
        frames: frames.iter().copied().map(frame).collect(),
        ..Exception::default()
    }
}

fn sent(platform: &'static str, exceptions: Vec<Exception<'static>>) -> StackTrace<'static> {
    StackTrace {
        platform: Some(platform.into()),
        exceptions,
    }
}

fn of_text(message: &str, stack_trace: &str) -> (Fingerprint, Vec<HashInput>) {
    decide(&FingerprintInput {
        message,
        stack_trace: Some(stack_trace),
        ..FingerprintInput::default()
    })
}

fn of_sent(message: &str, trace: &StackTrace<'_>) -> (Fingerprint, Vec<HashInput>) {
    decide(&FingerprintInput {
        message,
        exceptions: Some(trace),
        ..FingerprintInput::default()
    })
}

fn decide(input: &FingerprintInput<'_>) -> (Fingerprint, Vec<HashInput>) {
    let input = FingerprintInput {
        source: "shop",
        ..*input
    };
    let explanation = FingerprinterV1.explain(&input);
    assert_eq!(explanation.fingerprint, FingerprinterV1.fingerprint(&input));
    (explanation.fingerprint, explanation.inputs)
}

/// Fails unless what is printed and what is sent are one error, and the parsed text as structure is too.
#[track_caller]
fn assert_agree(message: &str, text: &str, trace: &StackTrace<'_>) {
    let printed = of_text(message, text);
    assert_eq!(printed, of_sent(message, trace), "{text}");
    let parsed = StackTrace::parse(text).unwrap_or_default();
    assert_eq!(printed, of_sent(message, &parsed), "{text}");
}

const OWN: Option<bool> = Some(true);
const LIBRARY: Option<bool> = Some(false);

fn python() -> StackTrace<'static> {
    sent(
        "python",
        vec![exception(
            "KeyError",
            "'price'",
            &[
                ("price_of", "tickets.fares", "tickets/fares.py", 31, OWN),
                ("book", "tickets.desk", "tickets/desk.py", 12, OWN),
                ("wrapper", "click.core", "click/core.py", 783, LIBRARY),
                ("<module>", "__main__", "main.py", 4, OWN),
            ],
        )],
    )
}

const PYTHON: &str = "Traceback (most recent call last):
  File \"/srv/tickets/main.py\", line 4, in <module>
  File \"/usr/lib/python3.12/site-packages/click/core.py\", line 783, in wrapper
  File \"/srv/tickets/tickets/desk.py\", line 12, in book
  File \"/srv/tickets/tickets/fares.py\", line 31, in price_of
KeyError: 'price'";

#[test]
fn rewritten_javascript_files_are_paths_below_the_application() {
    let of = |file: &'static str| {
        let frames = [("Desk.book", "desk", file, 12, OWN)];
        of_sent("x", &sent("node", vec![exception("Error", "x", &frames)]))
    };
    assert_eq!(of("app:///src/desk.js"), of("/srv/tickets/src/desk.js"));
    assert_eq!(
        of("app:///lib/booking/desk.js"),
        of("/srv/a/lib/booking/desk.js")
    );
    assert_ne!(of("app:///src/desk.js"), of("app:///src/till.js"));
}

#[test]
fn lines_paths_and_variables_do_not_matter_in_frames() {
    let one = python();
    let mut other = python();
    for frame in &mut other.exceptions[0].frames {
        frame.line = frame.line.map(|line| line + 40);
        frame.column = Some(7);
        frame.absolute_path = Some("/opt/elsewhere/x.py".into());
        frame.vars = Some([("seat".to_owned(), 7.into())].into_iter().collect());
    }
    assert_eq!(of_sent("x", &one), of_sent("x", &other));
    let mut recursive = python();
    let again = recursive.exceptions[0].frames[0].clone();
    (0..500).for_each(|_| recursive.exceptions[0].frames.insert(0, again.clone()));
    assert_eq!(of_sent("x", &one), of_sent("x", &recursive));
}

#[test]
fn types_values_modules_and_functions_matter_in_frames() {
    let one = of_sent("x", &python()).0;
    let changed = |change: fn(&mut Exception<'static>)| {
        let mut trace = python();
        change(&mut trace.exceptions[0]);
        of_sent("x", &trace).0
    };
    assert_ne!(one, changed(|e| e.type_name = Some("IndexError".into())));
    assert_ne!(one, changed(|e| e.value = Some("'row'".into())));
    assert_ne!(one, changed(|e| e.frames[0].function = Some("rows".into())));
    assert_ne!(
        one,
        changed(|e| e.frames[0].module = Some("tickets.halls".into()))
    );
    assert_ne!(one, changed(|e| drop(e.frames.remove(0))));
}

#[test]
fn the_sender_says_which_frames_are_the_applications() {
    let of = |flags: [Option<bool>; 3]| {
        let names = ["reserve", "retry", "book"];
        let frames: Vec<Frame<'_>> = names
            .iter()
            .zip(flags)
            .map(|(name, flag)| Frame {
                function: Some((*name).into()),
                file: Some(format!("{name}.py").into()),
                in_app: flag,
                ..Frame::default()
            })
            .collect();
        let exception = Exception {
            value: Some("x".into()),
            frames,
            ..Exception::default()
        };
        let places = of_sent("x", &sent("python", vec![exception])).1;
        let frames = places.into_iter().filter(|part| part.name == "frame");
        frames.map(|part| part.value).collect::<Vec<_>>()
    };
    let innermost = ["reserve reserve", "retry retry"];
    assert_eq!(of([OWN, LIBRARY, OWN]), ["reserve reserve", "book book"]);
    assert_eq!(of([OWN, None, None]), ["reserve reserve"]);
    assert_eq!(of([LIBRARY, LIBRARY, LIBRARY]), innermost);
    assert_eq!(of([None, None, None]), innermost);
}

#[test]
fn a_template_stands_for_the_message() {
    let of = |message: &str, template: Option<&str>| {
        decide(&FingerprintInput {
            message,
            message_template: template,
            ..FingerprintInput::default()
        })
    };
    let template = Some("seat %s of %(hall)s is taken");
    assert_eq!(
        of("seat A7 of Old Hall is taken", template),
        of("seat window of New Hall is taken", template)
    );
    assert_eq!(of("x", template), of("seat 7 of 12 is taken", None));
    assert_ne!(of("x", template), of("x", Some("seat %s is gone")));
    // An exception says more than the text that was logged beside it.
    let logged = |template| {
        decide(&FingerprintInput {
            message: "x",
            message_template: Some(template),
            exceptions: Some(&python()),
            ..FingerprintInput::default()
        })
    };
    assert_eq!(logged("seat %s"), logged("hall %s"));
}

#[test]
fn a_synthetic_exception_has_no_type() {
    let of = |type_name: &'static str, synthetic| {
        let mut trace = python();
        trace.exceptions[0].type_name = Some(type_name.into());
        trace.exceptions[0].mechanism = Some(Mechanism {
            synthetic,
            ..Mechanism::default()
        });
        of_sent("x", &trace)
    };
    assert_eq!(of("Error", true), of("Object", true));
    assert_ne!(of("Error", false), of("Object", false));
}

#[test]
fn structure_without_content_leaves_the_text_to_decide() {
    let empty = sent("python", vec![Exception::default()]);
    let with = |exceptions| {
        decide(&FingerprintInput {
            message: "KeyError: 'price'",
            stack_trace: Some(PYTHON),
            exceptions,
            ..FingerprintInput::default()
        })
    };
    assert_eq!(with(Some(&empty)), with(None));
}

#[test]
fn parsed_traces_keep_what_pages_show() {
    let text = "Traceback (most recent call last):
  File \"/srv/tickets/main.py\", line 4, in <module>
    book(7)
  File \"/srv/tickets/desk.py\", line 12, in book
    seats[seat].take()
KeyError: 7
while booking";
    let trace = StackTrace::parse(text).expect("a trace");
    assert_eq!(trace.platform.as_deref(), Some("python"));
    let exception = &trace.exceptions[0];
    assert_eq!(exception.type_name.as_deref(), Some("KeyError"));
    assert_eq!(exception.value.as_deref(), Some("7\nwhile booking"));
    let frame = &exception.frames[0];
    assert_eq!(frame.function.as_deref(), Some("book"));
    assert_eq!(frame.file.as_deref(), Some("/srv/tickets/desk.py"));
    assert_eq!((frame.line, frame.column), (Some(12), None));
    assert_eq!(frame.in_app, Some(true));
    assert_eq!(frame.context_line.as_deref(), Some("seats[seat].take()"));
    let js =
        StackTrace::parse("TypeError: x\n    at f (node:internal/timers:5:17)").expect("a trace");
    let frame = &js.exceptions[0].frames[0];
    assert_eq!(
        (frame.line, frame.column, frame.in_app),
        (Some(5), Some(17), Some(false))
    );
    assert_eq!(StackTrace::parse("nothing of the kind"), None);
    assert_eq!(StackTrace::parse(""), None);
}
