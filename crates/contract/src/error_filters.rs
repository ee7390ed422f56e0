//! Contract of `ErrorStore`: filters.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence, fingerprint};
use crate::world::{World, filter};
use faultbook_domain::errors::{Level, Severity};
use time::Duration;

pub async fn each_filter_narrows_the_list(stores: Stores) {
    let world = World::new(stores).await;
    let plain = || an_occurrence(world.project);
    let solved = world
        .record_one(plain().of(1).at(1).message("solved").build())
        .await
        .error
        .id;
    world.resolve(&[solved], true, 50).await;
    world
        .record_one(
            plain()
                .of(2)
                .at(2)
                .message("warned")
                .level(Level::Warning)
                .build(),
        )
        .await;
    world
        .record_one(
            plain()
                .of(3)
                .at(3)
                .message("front")
                .source("frontend")
                .build(),
        )
        .await;
    world
        .record_one(
            plain()
                .of(4)
                .at(4)
                .message("staged")
                .environment("staging")
                .build(),
        )
        .await;
    world
        .record_one(
            plain()
                .of(5)
                .at(5)
                .message("high")
                .severity(Severity::High)
                .build(),
        )
        .await;
    let expect = [
        (
            filter(|_| {}),
            vec!["high", "staged", "front", "warned", "solved"],
        ),
        (filter(|f| f.resolved = Some(true)), vec!["solved"]),
        (
            filter(|f| f.resolved = Some(false)),
            vec!["high", "staged", "front", "warned"],
        ),
        (filter(|f| f.level = Some(Level::Warning)), vec!["warned"]),
        (
            filter(|f| f.source = Some("frontend".into())),
            vec!["front"],
        ),
        (
            filter(|f| f.environment = Some("staging".into())),
            vec!["staged"],
        ),
        (filter(|f| f.severity = Some(Severity::High)), vec!["high"]),
        (
            filter(|f| f.fingerprint = Some(fingerprint(3))),
            vec!["front"],
        ),
        (filter(|f| f.fingerprint = Some(fingerprint(99))), vec![]),
        (
            filter(|f| f.since = Some(NOON + Duration::seconds(4))),
            vec!["high", "staged"],
        ),
        (
            filter(|f| f.until = Some(NOON + Duration::seconds(3))),
            vec!["warned", "solved"],
        ),
        (filter(|f| f.words = vec!["front".into()]), vec!["front"]),
        (
            filter(|f| {
                f.level = Some(Level::Error);
                f.resolved = Some(false);
                f.since = Some(NOON + Duration::seconds(4));
            }),
            vec!["high", "staged"],
        ),
    ];
    for (filter, messages) in expect {
        assert_eq!(world.messages(filter.clone()).await, messages, "{filter:?}");
    }
}

pub async fn words_match_in_any_case_and_order_and_literally(stores: Stores) {
    let world = World::new(stores).await;
    for (number, message) in [
        "Disk 100% full",
        "Disk 1000 full",
        r"path C:\temp_x",
        "Timeout in DB",
        "Übergröße, Ошибка (超時)",
        "ΟΔΟΣ | ÉCHEC [x]",
        "50%_a*b.c",
    ]
    .iter()
    .enumerate()
    {
        world
            .record_one(
                an_occurrence(world.project)
                    .of(number as u128)
                    .message(message)
                    .build(),
            )
            .await;
    }
    let (a_long, another_long, signs) = ("a".repeat(60_000), "ж".repeat(1_000), "%".repeat(30_000));
    let expect = [
        (vec!["FULL", "disk"], 2),
        (vec!["100%"], 1),
        (vec!["temp_x"], 1),
        (vec!["tempxx"], 0),
        (vec![r"c:\temp"], 1),
        (vec!["db", "disk"], 0),
        (vec!["'; DROP TABLE errors; --"], 0),
        (vec!["ошибка"], 1),
        (vec!["ОШИБКА", "übergröße"], 1),
        (vec!["ÜBERGRÖßE,"], 1),
        (vec!["ошибки"], 0),
        (vec!["(超時)"], 1),
        (vec!["超.)"], 0),
        (vec!["οδος"], 1),
        (vec!["échec", "[x]"], 1),
        (vec!["éch.c"], 0),
        (vec!["é|x"], 0),
        (vec!["50%_a*b"], 1),
        (vec!["a.*c"], 0),
        (vec!["*"], 1),
        (vec!["\\"], 1),
        (vec!["_"], 2),
        (vec!["timeout\u{fffd}"], 0),
        (vec![a_long.as_str()], 0),
        (vec![another_long.as_str()], 0),
        (vec![signs.as_str()], 0),
    ];
    for (words, matches) in expect {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let found = world.messages(filter(|f| f.words.clone_from(&words))).await;
        assert_eq!(found.len(), matches, "{words:?} found {found:?}");
    }
}
