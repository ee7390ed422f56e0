//! Groups and chains of exceptions.

use super::{apart, same};

const MEMBER: &str = "  +-+---------------- N ----------------
    | Traceback (most recent call last):
    |   File \"/srv/feed/fetch.py\", line 31, in pull
    | ConnectionResetError: reset by peer
";

fn python_group(members: &[&str]) -> String {
    let head = "  + Exception Group Traceback (most recent call last):
  |   File \"/srv/feed/main.py\", line 12, in refresh
  | ExceptionGroup: unhandled errors in a TaskGroup (N sub-exceptions)
";
    format!(
        "{head}{}    +------------------------------------\n",
        members.concat()
    )
}

#[test]
fn groups_are_one_whatever_the_number_and_order_of_their_members() {
    let pull = MEMBER.to_owned();
    let push = MEMBER
        .replace("pull", "push")
        .replace("ConnectionResetError", "TimeoutError");
    same(
        &python_group(&[&pull]),
        &python_group(&[&pull, &pull, &pull]),
    );
    same(
        &python_group(&[&pull, &push]),
        &python_group(&[&push, &pull, &pull]),
    );
    apart(&python_group(&[&pull]), &python_group(&[&pull, &push]));
    apart(
        &python_group(&[&pull]),
        &python_group(&[&MEMBER.replace("reset by peer", "refused")]),
    );
    let node = |members: &[&str]| {
        format!(
            "AggregateError: All promises were rejected\n    at all (/srv/feed/src/main.js:3:1) {{\n  [errors]: [\n{}\n  ]\n}}",
            members.join(",\n")
        )
    };
    let pull = "    Error: reset\n        at pull (/srv/feed/src/fetch.js:4:9)";
    let push = "    RangeError: late\n        at push (/srv/feed/src/fetch.js:9:9)";
    same(&node(&[pull, push]), &node(&[push, pull, push]));
    apart(&node(&[pull]), &node(&[push]));
}

#[test]
fn dotnet_aggregates_are_one_whatever_the_number_of_their_members() {
    let inner = "System.TimeoutException: timed out\n   at Feed.Sync.Push(Int32 id) in C:\\src\\Sync.cs:line 44";
    let of = |more: usize| {
        let mut text = format!(
            "System.AggregateException: One or more errors occurred. (timed out)\n ---> {inner}\n   --- End of inner exception stack trace ---\n   at Feed.Sync.RunAll() in C:\\src\\Sync.cs:line 20\n"
        );
        for i in 1..=more {
            text += &format!(" ---> (Inner Exception #{i}) {inner}<---\n\n");
        }
        text
    };
    same(&of(0), &of(1));
    same(&of(1), &of(6));
    apart(&of(1), &of(1).replace("Sync.Push", "Sync.Pull"));
}

#[test]
fn retries_are_one_error_whatever_their_number() {
    let attempt = "Traceback (most recent call last):\n  File \"/srv/feed/net.py\", line LINE, in fetch\nConnectionResetError: reset by peer\n";
    let next = "\nDuring handling of the above exception, another exception occurred:\n\n";
    let of = |attempts: usize| {
        let all: Vec<String> = (0..attempts)
            .map(|i| attempt.replace("LINE", &i.to_string()))
            .collect();
        all.join(next)
    };
    same(&of(2), &of(5));
    let java = |causes: usize| {
        let first = "java.io.IOException: broken pipe\n\tat feed.Net.send(Net.java:10)\n";
        let cause = "Caused by: java.io.IOException: broken pipe\n\tat feed.Net.send(Net.java:10)\n\t... 3 more\n";
        format!("{first}{}", cause.repeat(causes))
    };
    same(&java(1), &java(4));
    apart(
        &java(1),
        &java(1).replace(
            "Caused by: java.io.IOException",
            "Caused by: java.io.EOFException",
        ),
    );
}

#[test]
fn what_a_cause_says_matters_and_its_values_do_not() {
    let of = |cause: &str| {
        format!(
            "feed.StoreError: cannot save\n\tat feed.Store.save(Store.java:9)\nCaused by: java.sql.SQLException: {cause}\n\tat org.postgresql.Driver.run(Driver.java:3)"
        )
    };
    same(&of("row 7 is locked"), &of("row 12 is locked"));
    apart(&of("row 7 is locked"), &of("connection is closed"));
}

#[test]
fn a_chain_is_one_in_both_orders_of_logback() {
    let caused = "feed.StoreError: cannot save
\tat feed.Store.save(Store.java:9)
\tat feed.Api.post(Api.java:3)
Caused by: java.sql.SQLException: locked
\tat feed.Rows.insert(Rows.java:41)
\tat feed.Store.save(Store.java:8)
\t... 1 common frames omitted";
    let wrapped = "java.sql.SQLException: locked
\tat feed.Rows.insert(Rows.java:41)
\tat feed.Store.save(Store.java:8)
\tat feed.Api.post(Api.java:3)
Wrapped by: feed.StoreError: cannot save
\tat feed.Store.save(Store.java:9)
\tat feed.Api.post(Api.java:3)";
    same(caused, wrapped);
}

#[test]
fn calls_that_node_leaves_out_are_those_of_the_cause() {
    let whole = "StoreError: cannot save
    at lookup (/srv/feed/dist/store.js:61:11)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async stock (/srv/feed/dist/api.js:47:10)
    at async main (/srv/feed/node_modules/runner/index.cjs:68:5) {
  [cause]: SyntaxError: x
      at parse (/srv/feed/dist/store.js:54:15)
      at lookup (/srv/feed/dist/store.js:61:11)
      at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
      at async stock (/srv/feed/dist/api.js:47:10)
      at async main (/srv/feed/node_modules/runner/index.cjs:68:5)
}";
    let elided = whole.replacen(
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n    at async stock (/srv/feed/dist/api.js:47:10)\n",
        "    ... 2 lines matching cause stack trace ...\n",
        1,
    );
    assert_ne!(whole, elided);
    same(whole, &elided);
}
