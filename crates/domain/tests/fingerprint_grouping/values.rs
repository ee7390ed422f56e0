//! What is a value and what is a name, in every script and spelling.

use super::{assert_apart, assert_same, explain, one_error, two_errors};

#[test]
fn numbers_within_scripts_without_blanks_are_parameters_and_the_text_stays() {
    one_error(&[
        &["房间12号已满", "房间7号已满", "房间 ３ 号已满"],
        &["ドア３が開きません", "ドア12が開きません"],
        &["ห้อง12ไม่ว่าง", "ห้อง9ไม่ว่าง"],
        &["방 12개를 찾을 수 없습니다", "방 7개를 찾을 수 없습니다"],
        &["الباب ٣ مغلق", "الباب ١٢ مغلق", "الباب 7 مغلق"],
        &["कमरा १२ भरा है", "कमरा ९ भरा है"],
        &["Zimmer\u{a0}12 belegt", "Zimmer 7 belegt"],
        &["Größe:12 zu klein", "Größe:7 zu klein"],
        &["дверь12 закрыта", "дверь7 закрыта"],
    ]);
    two_errors(&[
        &["房间12已满", "房间12已锁", "走廊12已满"],
        &["ドア3が開かない", "窓3が開かない"],
        &["ห้อง12ไม่ว่าง", "ห้อง12ไม่พบ"],
        &["Breite:12 zu klein", "Größe:12 zu klein"],
        &["Zimmer\u{a0}12 belegt", "Keller\u{a0}12 belegt"],
        &["🚪12 stuck", "🪟12 stuck"],
        &["дверь12 закрыта", "окно12 закрыто"],
    ]);
}

#[test]
fn codes_stay_beside_signs_of_any_script() {
    two_errors(&[
        &["下载失败，状态码：404", "下载失败，状态码：503"],
        &[
            "ダウンロード失敗（ステータス：404）",
            "ダウンロード失敗（ステータス：500）",
        ],
        &["загрузка: статус 404", "загрузка: статус 500"],
        &[
            "descarga fallida, código 404",
            "descarga fallida, código 500",
        ],
        &["エラー0x80070020：使用中", "エラー0x80070057：使用中"],
        &["HTTP ４０４", "HTTP ５００"],
    ]);
}

#[test]
fn quotation_marks_of_any_language_quote() {
    one_error(&[
        &[
            "„Plan 7.pdf“ fehlt",
            "„Liste 12.pdf“ fehlt",
            "«a b.pdf» fehlt",
        ],
        &[
            "「報告 7.pdf」がない",
            "「一覧 12.pdf」がない",
            "『表 3.pdf』がない",
        ],
        &["‹a 1› lost", "‘b 2’ lost", "“c 3” lost"],
    ]);
    two_errors(&[
        &["Feld „name“ fehlt", "Feld „ort“ fehlt"],
        &["項目「氏名」がない", "項目「住所」がない"],
        &["l’homme n’est pas là", "l’arbre n’est pas là"],
        &["can’t open the door", "can’t open the window"],
    ]);
}

#[test]
fn random_letters_are_an_id_and_names_of_code_are_not() {
    one_error(&[&[
        "parcel zKqWxTvRbNmPlHgD is lost",
        "parcel fJdKsXzQwVbTrYpL is lost",
        "parcel 9f3kQx81Lm is lost",
    ]]);
    two_errors(&[
        &[
            "bean parcelRepositoryImpl is missing",
            "bean parcelControllerAdvice is missing",
            "bean XMLHttpRequestFactory is missing",
        ],
        &[
            "REAL_GET_TASKS is missing",
            "WRITE_EXTERNAL_STORAGE is missing",
        ],
        &[
            "Rechtsschutzversicherung fehlt",
            "Krankenversicherungsschutz fehlt",
        ],
    ]);
}

#[test]
fn an_identifier_keeps_its_words() {
    one_error(&[
        &[
            "job SealCrate#881 hangs",
            "job SealCrate#20260503T1011 hangs",
            "job SealCrate#9f-e1 hangs",
        ],
        &["job SealCrate-12 hangs", "job SealCrate-7 hangs"],
        &[
            "host web-12 hangs",
            "host db-7 hangs",
            "host mq-3.internal hangs",
        ],
    ]);
    two_errors(&[
        &["job SealCrate#881 hangs", "job OpenCrate#881 hangs"],
        &["job SealCrate-12 hangs", "job OpenCrate-12 hangs"],
    ]);
}

#[test]
fn a_relative_url_is_one_value_with_its_query() {
    one_error(&[
        &[
            "GET /crates?page=2&size=5 took too long",
            "GET /crates took too long",
            "GET crates?page=7 took too long",
        ],
        &[
            "cannot load search?q=a%20b&lang=de (timeout)",
            "cannot load /search (timeout)",
        ],
    ]);
    two_errors(&[
        &[
            "GET /crates?page=2 answered 404",
            "GET /crates?page=2 answered by nobody",
        ],
        &["GET /crates?page=2: 404", "GET /crates?page=2: 500"],
        &["open? yes=no", "closed? yes=no"],
    ]);
}

#[test]
fn the_name_of_what_is_missing_is_the_bug() {
    two_errors(&[
        &[
            "Cannot find module '../cask/oak'",
            "Cannot find module '../cask/ash'",
        ],
        &[
            "Cannot find module 'left-pad'",
            "Cannot find module 'right-pad'",
        ],
        &[
            "Can't locate Cask/Oak.pm in @INC",
            "Can't locate Cask/Ash.pm in @INC",
        ],
        &[
            "x: error while loading shared libraries: libcask-1.2.so.3: cannot open",
            "x: error while loading shared libraries: libhoop.so.3: cannot open",
        ],
        &["Unable to load cask.dll", "Unable to load hoop.dll"],
        &[
            "java.lang.NoSuchMethodError: 'void org.cask.Oak.<init>(int)'",
            "java.lang.NoSuchMethodError: 'java.util.List org.cask.Ash.rings(int)'",
        ],
        &[
            "undefined method '[]' for nil",
            "undefined method '<=>' for nil",
        ],
        &["no such table 'casks_v2'", "no such table 'hoops_v2'"],
    ]);
    one_error(&[
        &[
            "Cannot find module '/srv/a/cask.js'",
            "Cannot find module '/opt/b/c/cask.js'",
        ],
        &[
            "cannot open /opt/a/lib/libcask.so.1",
            "cannot open /usr/lib/libcask.so.2.4",
        ],
        &[
            "Can't locate Cask/Oak.pm in @INC (@INC contains: /etc/perl /usr/share/perl5 .)",
            "Can't locate Cask/Oak.pm in @INC (@INC entries checked: /opt/perl)",
        ],
        &["file 'a/1.csv' not found", "file 'b/2.csv' not found"],
    ]);
}

#[test]
fn numbers_that_are_codes_stay_apart() {
    two_errors(&[
        &[
            "process exited with exit code 1",
            "process exited with exit code 137",
        ],
        &["make: *** [all] Error 1", "make: *** [all] Error 2"],
        &[
            "returned non-zero exit status 1",
            "returned non-zero exit status 2",
        ],
        &["worker killed by signal 9", "worker killed by signal 11"],
        &["failed: exitCode=1", "failed: exitCode=2"],
        &["hr=0x80070005", "hr=0x80004005"],
        &[
            "the call failed (0x80131500)",
            "the call failed (0x80070057)",
        ],
        &["error KQ1204: no cask", "error KQ1300: no cask"],
        &[
            "StatusCodeError: 502 - {\"a\":1}",
            "StatusCodeError: 404 - {\"a\":1}",
        ],
        &[
            "answered with a status of 404 ()",
            "answered with a status of 500 ()",
        ],
        &[
            "POST /v1/casks failed with 402: empty",
            "POST /v1/casks failed with 409: empty",
        ],
        &["[HRESULT = 0x800f080d - E]", "[HRESULT = 0x800f0805 - E]"],
    ]);
    one_error(&[
        &["keycode=4 ignored", "keycode=82 ignored"],
        &["flags 0x80000508 set", "flags 0x80000608 set"],
        &["Error: ORD-12345 is empty", "Error: ORD-67890 is empty"],
        &[
            "your verification code 482913 expired",
            "your verification code 901112 expired",
        ],
    ]);
}

#[test]
fn values_that_runtimes_print_are_parameters() {
    two_errors(&[
        &[
            "No enum constant org.cask.Wood.OAK",
            "No enum constant org.cask.Hoop.OAK",
        ],
        &[
            "'pine' is not a valid column",
            "'oak' is not a valid column",
        ],
    ]);
    one_error(&[
        &[
            "scala.MatchError: Cask(oak) (of class org.cask.Cask)",
            "scala.MatchError: Hoop(iron, 3) (of class org.cask.Hoop)",
        ],
        &[
            "stuck: Thread[Brew Thread,5,main]",
            "stuck: Thread[#31,Brew Thread,5,main]",
        ],
        &[
            "index out of range [5]",
            "index out of range [7] [recovered]",
        ],
        &[
            "signature sha256=9f86d081 is wrong",
            "signature qL8R4QIcQ/ZsRqOAbeRf== is wrong",
            "signature v1=00ff is wrong",
        ],
        &["Undefined key \"cask \"oak\"\"", "Undefined key \"hoop 7\""],
    ]);
}

#[test]
fn prefixes_of_nginx_logcat_and_leaders_are_no_part_of_the_message() {
    let nginx =
        "upstream timed out (110: Connection timed out), client: 10.0.0.1, host: \"a.example.com\"";
    one_error(&[
        &[
            nginx,
            &format!("2026/02/11 10:00:01 [error] 6#6: *1 {nginx}"),
            &format!(
                "2026/02/11 10:00:01 [error] 31#77: *9031 {nginx}, referrer: \"http://b.example/\""
            ),
            &nginx.replace("a.example.com", "10.0.0.9:8080"),
        ],
        &[
            "cask is leaking",
            "11-26 09:14:02.551  8123  8140 E Cask: cask is leaking",
            "E/Cask (12007): cask is leaking",
        ],
        &["oak depth........3", "oak depth....................12"],
    ]);
    two_errors(&[&["oak depth......3", "ash depth......3"]]);
}

#[test]
fn a_filtered_value_is_a_parameter() {
    one_error(&[
        &["card [Filtered] declined", "card 4111111111111112 declined"],
        &["id=[Filtered] lost", "id=88 lost"],
        &["order-[Filtered] lost", "order-88 lost"],
        &["cannot read '[Filtered]'", "cannot read 'a 17'"],
        &["token: [Filtered], tries: 3", "token: 17, tries: 4"],
        &["ids [Filtered], 5, 7", "ids 3, [Filtered]"],
    ]);
    let stack = "step one took [Filtered]\nstep two took [Filtered]";
    assert_same(
        ("boom", Some(stack)),
        ("boom", Some(&stack.replace("[Filtered]", "17"))),
    );
    assert_apart(
        ("card [Filtered] declined", None),
        ("card [Filtered] expired", None),
    );
}

#[test]
fn each_part_says_why_it_counts() {
    let read = explain(
        "GET https://a.example/x failed with status 503 after 12 ms for card [Filtered]",
        Some(
            "TypeError: x\n    at save (/srv/a/src/b.js:3:4)\n    at run (node:internal/timers:5:1)",
        ),
    );
    let of = |text: &str| {
        let found = read.parts.iter().find(|part| part.text == text);
        let part = found.unwrap_or_else(|| panic!("{text} is not among {:?}", read.parts));
        (part.kind, part.counted, part.reason)
    };
    assert_eq!(of("https://a.example/x"), ("message", false, "a URL"));
    assert_eq!(of("503"), ("message", true, "an HTTP status"));
    assert_eq!(of("12"), ("message", false, "a number"));
    assert_eq!(
        of("[Filtered]"),
        ("message", false, "a value that was filtered as sensitive")
    );
    assert_eq!((of("shop").0, of("shop").1), ("source", true));
    assert_eq!((of("TypeError").0, of("TypeError").1), ("type", true));
    assert_eq!((of("b save").0, of("b save").1), ("frame", true));
    let ignored = read
        .parts
        .iter()
        .find(|part| part.kind == "frame" && !part.counted);
    assert!(
        ignored.is_some_and(|part| part.reason.contains("runtime")),
        "{ignored:?}"
    );
}

#[test]
fn amounts_percentages_and_encoded_bytes_are_values() {
    one_error(&[
        &[
            "refund of CHF 12.00 declined",
            "refund of $1,200.50 declined",
            "refund of 9 EUR declined",
        ],
        &[
            "disk is 91% full",
            "disk is 99.7 % full",
            "disk is 7 percent full",
        ],
        &[
            "payload SGVsbG8gV29ybGQgdGhpcyBpcw==: bad",
            "payload QUJDREVGR0hJSktMTU5PUFFSU1RVVg=: bad",
            "payload QUJDREVGR0hJSktMTU5PUFFSU1RV: bad",
        ],
        &[
            "connect to localhost port 8080 failed",
            "connect to 10.0.0.7 port 80 failed",
            "connect to db.shop.example port 5432 failed",
        ],
    ]);
    two_errors(&[&[
        "shop.service: Main process exited, code=exited, status=203/EXEC",
        "shop.service: Main process exited, code=exited, status=1/FAILURE",
        "shop.service: Main process exited, code=killed, status=9/KILL",
    ]]);
}
