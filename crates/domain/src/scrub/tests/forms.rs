//! Every form in which languages, formats and tools print a value beside its key, with every key.

use serde_json::{Value, json};

use super::*;

/// Sensitive keys in the spellings in use.
const KEYS: &[&str] = &[
    "password",
    "Password",
    "db_password",
    "apiKey",
    "X-Api-Key",
    "access_token",
    "Cookie",
    "Authorization",
    "clientSecret",
    "private_key",
];

/// Secrets that are no words, and one that is.
const SECRETS: &[&str] = &[
    "Ab7kestrel",
    "sid77hunter",
    "k3y-abc-991",
    "swordfish",
    "zqxvwkjhq",
];

/// Forms of text, with `{K}` for the key and `{S}` for the secret. What stands around both must stay.
const TEXTS: &[&str] = &[
    // Pairs
    "{K}={S} next",
    "{K}: {S}\nnext: line",
    "\"{K}\": \"{S}\", \"next\": 1",
    "'{K}' => '{S}', 'next' => 1",
    "next=1&{K}={S}&page=2",
    "export {K}={S}\nNEXT=1",
    "[{K}] => {S}\n    [next] => 1",
    "[\"{K}\"]=>\n  string(9) \"{S}\"\n  [\"next\"]=>",
    "s:8:\"{K}\";s:9:\"{S}\";s:4:\"next\";i:1;",
    // Tuples
    "headers=[('Host', 'x'), ('{K}', '{S}')]",
    "headers=[(b'host', b'x'), (b'{K}', b'{S}')]",
    "[(\"host\", \"x\"), (\"{K}\", \"{S}\")]",
    "[{\"host\", \"x\"}, {\"{K}\", \"{S}\"}]",
    "[{<<\"host\">>, <<\"x\">>}, {<<\"{K}\">>, <<\"{S}\">>}]",
    "[[\"host\", \"x\"], [\"{K}\", \"{S}\"]]",
    "[ [ 'host', 'x' ], [ '{K}', '{S}' ] ]",
    "{\\\"h\\\":[[\\\"host\\\",\\\"x\\\"],[\\\"{K}\\\",\\\"{S}\\\"]]}",
    "\"headers\":[[\n  \"host\",\n  \"x\"\n],[\n  \"{K}\",\n  \"{S}\"\n]]",
    "setItem('{K}', '{S}') threw",
    // Structs and maps
    "cfg {Host:db {K}:{S} Zone: Port:5}",
    "cfg &{Host:db {K}:{S}}",
    "cfg map[host:db {K}:{S} user:root]",
    "cfg {host=db, {K}={S}, user=root}",
    "cfg {host=db, {K}=one {S} two, user=root}",
    "Config(host=db, {K}={S}, user=root)",
    "Config { Host = db, {K} = {S}, User = root }",
    "Config { Host = db, {K} = one {S}, User = root }",
    "Config[host=db, {K}={S}]",
    "Config { host: \"db\", {K}: \"{S}\", user: \"root\" }",
    "#<struct Config host=\"db\", {K}=\"{S}\">",
    "{ host: 'db', '{K}': '{S}' }",
    // Objects that name their value
    "{\"name\":\"{K}\",\"value\":\"{S}\",\"next\":1}",
    "{\"value\":\"{S}\",\"name\":\"{K}\",\"next\":1}",
    "{\\\"name\\\":\\\"{K}\\\",\\\"value\\\":\\\"{S}\\\"}",
    "[{ key: '{K}', value: '{S}' }]",
    "Header(name={K}, value={S})",
    "[{Name:{K} Value:{S} Path:/}]",
    "Header { name: \"{K}\", value: \"{S}\" }",
    "Content-Disposition: form-data; name=\"{K}\"\r\n\r\n{S}\r\n--b7--",
    // Lists of settings
    "Server=db;User Id=app;{K}=one two {S};Encrypt=True",
    "Server=db;User Id=app;{K}=\"one \"\"two\"\" {S}\";Encrypt=True",
    "DRIVER={ODBC 17};{K}={one;}}two {S}};Encrypt=yes",
    "jdbc:sqlserver://h:1433;user=sa;{K}=one {S};encrypt=true",
    "(DSN=W;UID=etl;{K}={S};Encrypt=yes)",
    "cannot connect to 'Server=db;{K}=one {S}'",
    "Server=db;User Id=app;{K}=one two {S}",
    // XML
    "<a><user>bo</user><{K}>{S}</{K}></a>",
    "<n:a xmlns:n=\"u\"><n:{K} n:type=\"s\">{S}</n:{K}></n:a>",
    "<a><{K}><![CDATA[one {S}]]></{K}></a>",
    "<a><{K}>\n  <b>{S}</b>\n</{K}></a>",
    "&lt;a&gt;&lt;{K}&gt;{S}&lt;/{K}&gt;",
    "\\u003ca\\u003e\\u003c{K}\\u003e{S}\\u003c/{K}\\u003e",
    "<db user=\"bo\" {K}=\"{S}\"/>",
    "<add key=\"{K}\" value=\"{S}\"/>",
    "<input type=\"text\" value='{S}' name='{K}'>",
    "<property name=\"{K}\">{S}</property>",
    "<property name=\"{K}\"><value>{S}</value></property>",
    "<property><name>{K}</name><value>{S}</value></property>",
    "<dict><key>{K}</key>\n<string>{S}</string></dict>",
    "<member><name>{K}</name><value><string>{S}</string></value></member>",
    "<a><b>x</b><{K}>{S}",
    // Commands
    "tool --{K} {S} --next",
    "tool --{K}={S} --next",
    "tool --{K} 'one {S}' --next",
    "tool --{K} \"{S}\" next",
    "tool -{K} {S} next",
    "['tool', '--{K}', '{S}', 'next']",
    "[\"tool\", \"--{K}\", \"{S}\", \"next\"]",
    "[tool --{K} {S} next]",
    "[tool, --{K}, {S}, next]",
    "\"tool\" \"--{K}\" \"{S}\" \"next\"",
    // Lisp
    "{:host \"db\", :{K} \"{S}\"}",
    "[:{K}, \"{S}\"]",
    "{:{K}, \"{S}\"}",
    "{'{K}',\"{S}\"}",
    // Multi-line
    "host: db\n{K}: |\n  one\n  {S}\nnext: 1",
    "{K} = \"\"\"\none\n{S}\n\"\"\"\nnext = 1",
];

#[test]
fn a_secret_beside_its_key_goes_in_every_form_of_text() {
    let mut wrong = Vec::new();
    for form in TEXTS {
        for key in KEYS {
            for secret in SECRETS {
                let text = form.replace("{K}", key).replace("{S}", secret);
                let clean = scrub(&text);
                let around = [
                    "next", "db", "bo", "Host", "host", "Encrypt", "user", "User", "root", "Zone",
                ];
                let lost = around
                    .iter()
                    .find(|word| form.contains(**word) && !clean.contains(**word));
                if clean.contains(secret) || lost.is_some() || scrub(&clean) != clean {
                    wrong.push(format!("{form} of {key}, {secret}\n  became {clean}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} in all",
        wrong[..wrong.len().min(60)].join("\n"),
        wrong.len()
    );
}

/// Forms of JSON in which `key` has the value `secret`.
fn values(key: &str, secret: &str) -> Vec<Value> {
    vec![
        json!([["Host", "x"], [key, secret]]),
        json!([[key, secret]]),
        json!([["Host", ["x"]], [key, [secret, secret]]]),
        json!([{"name": key, "value": secret}]),
        json!({"Name": key, "Value": [secret]}),
        json!({"key": key, "value": {"a": secret}}),
        json!({"field": key, "oldValue": secret, "newValue": secret}),
        json!({"header": key, "val": secret}),
        json!({"op": "replace", "path": format!("/user/{key}"), "value": secret}),
        json!({"loc": ["body", key], "msg": "too short", "input": secret}),
        json!(["Host", "x", "Cookie", secret]),
        json!(["Host", "x", "X-Api-Key", secret, "Accept", "*/*"]),
        json!(["tool", format!("--{key}"), secret, "next"]),
        json!(["tool", format!("--{key}={secret}"), "next"]),
        json!(["tool", format!("-{key}"), secret, "next"]),
        json!({key: {"a": [secret]}, "b": [{key: [secret]}]}),
        json!({"text": format!("[('{key}', '{secret}')]")}),
        json!({"body": json!({"f": [{"name": key, "value": secret}]}).to_string()}),
        json!({"body": json!({"f": [[key, secret]]}).to_string()}),
        json!({"body": json!(json!([[key, secret]]).to_string()).to_string()}),
    ]
}

#[test]
fn a_secret_beside_its_key_goes_in_every_form_of_json() {
    let mut wrong = Vec::new();
    for key in KEYS {
        for secret in SECRETS {
            for value in values(key, secret) {
                let mut clean = value.clone();
                SCRUBBER.scrub_json(&mut clean);
                let mut again = clean.clone();
                SCRUBBER.scrub_json(&mut again);
                if clean.to_string().contains(secret) || again != clean {
                    wrong.push(format!("{value}\n  became {clean}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} in all",
        wrong[..wrong.len().min(60)].join("\n"),
        wrong.len()
    );
}

#[test]
fn what_stands_around_a_secret_stays() {
    assert_becomes(&[
        (
            "request failed headers=[('Host', 'x'), ('Cookie', 'sid=a1; theme=dark'), ('Accept', '*/*')]",
            "request failed headers=[('Host', 'x'), ('Cookie', '[Filtered]'), ('Accept', '*/*')]",
        ),
        (
            "State: %{req_headers: [{\"cookie\", \"_depot_key=k7Xabc99z\"}, {\"host\", \"x\"}]}",
            "State: %{req_headers: [{\"cookie\", \"[Filtered]\"}, {\"host\", \"x\"}]}",
        ),
        (
            "<ns0:open><ns0:user>bo</ns0:user><ns0:password>Ab7</ns0:password></ns0:open>",
            "<ns0:open><ns0:user>bo</ns0:user><ns0:password>[Filtered]</ns0:password></ns0:open>",
        ),
        (
            "Command '['mysqldump', '--user', 'root', '--password', 'ab7', 'shop']' returned 2.",
            "Command '['mysqldump', '--user', 'root', '--password', '[Filtered]', 'shop']' returned 2.",
        ),
        (
            "docker login -u ci --password ab7kestrel registry.example.com failed",
            "docker login -u ci --password [Filtered] registry.example.com failed",
        ),
        (
            "replica {Id:7 Host:10.0.0.8 Port:3307 User:depot Password:swordfish Alias: Zone:}",
            "replica {Id:7 Host:10.0.0.8 Port:3307 User:depot Password:[Filtered] Alias: Zone:}",
        ),
        (
            "cannot connect: Server=db;User Id=app;Password=one two battery;Encrypt=True",
            "cannot connect: Server=db;User Id=app;Password=[Filtered];Encrypt=True",
        ),
        (
            "(DSN=WAREHOUSE;UID=etl;PWD=/Abx9zz;Encrypt=yes)",
            "(DSN=WAREHOUSE;UID=etl;PWD=[Filtered];Encrypt=yes)",
        ),
        (
            "Server=db;User Id=app;Password=ab7 cannot be reached",
            "Server=db;User Id=app;Password=[Filtered] cannot be reached",
        ),
        (
            "login failed password:swordfish for bob",
            "login failed password:[Filtered] for bob",
        ),
        (
            "['mysqldump', '--password=x1', 'db']",
            "['mysqldump', '--password=[Filtered]', 'db']",
        ),
        (
            "Array ( [password] => hunter two [user] => bo )",
            "Array ( [password] => [Filtered] [user] => bo )",
        ),
        (
            "Map(host -> db, password -> swordfish, user -> bo)",
            "Map(host -> db, password -> [Filtered], user -> bo)",
        ),
        (
            "{:user bo, :password swordfish}",
            "{:user bo, :password [Filtered]}",
        ),
        ("Pair(password, Ab7kestrel)", "Pair(password, [Filtered])"),
        (
            "[Host, x, Cookie, sid=77hunter]",
            "[Host, x, Cookie, [Filtered]]",
        ),
        (
            "[Host: x, Cookie: sid=77hunter; a=b]",
            "[Host: x, Cookie: [Filtered]]",
        ),
        (
            "cfg {User:bo Password:hunter Zone:} then Server=db;Password=one two;Encrypt=True",
            "cfg {User:bo Password:[Filtered] Zone:} then Server=db;Password=[Filtered];Encrypt=True",
        ),
        (
            "{Server=db;Password=one two} is wrong; host=x",
            "{Server=db;Password=[Filtered]} is wrong; host=x",
        ),
        (
            "login password=hunter2 (host=db, port=5); next=1",
            "login password=[Filtered] (host=db, port=5); next=1",
        ),
        (
            "{Key:Cookie Value:sid=77hunter; b=c Path:/}",
            "{Key:Cookie Value:[Filtered] Path:/}",
        ),
        (
            "<entry><string>password</string><string>hunter2</string></entry>",
            "<entry><string>password</string><string>[Filtered]</string></entry>",
        ),
        (
            "<arg>--password</arg>\n<arg>hunter2</arg>",
            "<arg>--password</arg>\n<arg>[Filtered]</arg>",
        ),
        (
            "{Key:Cookie Value:sid=77hunter Path:/}",
            "{Key:Cookie Value:[Filtered] Path:/}",
        ),
        (
            "http.Cookie{Name:\"sid\", Value:\"77hunter\", Path:\"/\"}",
            "http.Cookie{Name:\"sid\", Value:\"[Filtered]\", Path:\"/\"}",
        ),
        (
            "<Cookie sid=77hunter for .example.com/>",
            "<Cookie sid=[Filtered] for .example.com/>",
        ),
        (
            "Creds { User = bo, Secret = sword fish }",
            "Creds { User = bo, Secret = [Filtered] }",
        ),
        (
            "[\"Cookie: a1\", \"X: b\"]",
            "[\"Cookie: [Filtered]\", \"X: b\"]",
        ),
        (
            "Password(\"x1\") and ApiKey(\"y2\")",
            "Password(\"[Filtered]\") and ApiKey(\"[Filtered]\")",
        ),
        (
            "{password=[Filtered], user=bo}",
            "{password=[Filtered], user=bo}",
        ),
        (
            "{cookie=sid=a; theme=dark, host=x}",
            "{cookie=[Filtered], host=x}",
        ),
    ]);
}

#[test]
fn short_flags_of_well_known_commands_lose_their_secret() {
    assert_becomes(&[
        (
            "mysql -uroot -phunter2 shop",
            "mysql -uroot -p[Filtered] shop",
        ),
        (
            "['mysqldump', '-phunter2', 'shop']",
            "['mysqldump', '-p[Filtered]', 'shop']",
        ),
        (
            "docker login -u ci -p hunter2 r.example.com",
            "docker login -u ci -p [Filtered] r.example.com",
        ),
        ("sshpass -p hunter2 ssh h", "sshpass -p [Filtered] ssh h"),
        (
            "curl -s -u bob:hunter2 http://h/",
            "curl -s -u bob:[Filtered] http://h/",
        ),
        (
            "curl --user 'bob:hunter2' http://h/",
            "curl --user 'bob:[Filtered]' http://h/",
        ),
        (
            "curl -b 'sid=hunter2; a=b' http://h/",
            "curl -b '[Filtered]' http://h/",
        ),
        (
            "redis-cli -h h -a hunter2 PING",
            "redis-cli -h h -a [Filtered] PING",
        ),
        (
            "openssl rsa -passin pass:hunter2 -in k",
            "openssl rsa -passin pass:[Filtered] -in k",
        ),
    ]);
    assert_unchanged(&[
        "mkdir -p /srv/app",
        "docker run -p 8080:80 nginx",
        "ssh -p 22 h",
        "ps -a | grep redis",
        "curl -b cookies.txt http://h/",
        "curl -u http://h/",
        "tar -pxf a.tar",
    ]);
}
