use super::*;

#[test]
fn values_of_sensitive_pairs_go() {
    assert_becomes(&[
        ("password=hunter2", "password=[Filtered]"),
        ("é密码password=abc é", "é密码password=[Filtered] é"),
        ("“password”: “x”", "“password”: [Filtered]"),
        ("password = hunter2 ok", "password = [Filtered] ok"),
        ("/a?api_key=abc&x=1", "/a?api_key=[Filtered]&x=1"),
        (
            "/a?x=1&access_token=abc#top",
            "/a?x=1&access_token=[Filtered]",
        ),
        (
            "GET /a?token=a.b-c HTTP/1.1",
            "GET /a?token=[Filtered] HTTP/1.1",
        ),
        (
            "user=bob,password=x,host=h",
            "user=bob,password=[Filtered],host=h",
        ),
        (
            "Server=h;Pwd=x;Database=d",
            "Server=h;Pwd=[Filtered];Database=d",
        ),
        (
            "login(user='bob', password='a b')",
            "login(user='bob', password='[Filtered]')",
        ),
        ("login(password=abc)", "login(password=[Filtered])"),
        ("password=p)w0rd", "password=[Filtered]"),
        ("password=b'abc', x=1", "password=b'[Filtered]', x=1"),
        ("password: Some(\"hunter2\"), x", "password: [Filtered], x"),
        ("user[password]=abc&x=1", "user[password]=[Filtered]&x=1"),
        (
            r#"headers["authorization"] = "abc""#,
            r#"headers["authorization"] = "[Filtered]""#,
        ),
        (
            r#":password=>"abc", :x=>1"#,
            r#":password=>"[Filtered]", :x=>1"#,
        ),
        ("DB_PASSWORD=x\nPORT=1", "DB_PASSWORD=[Filtered]\nPORT=1"),
        (r"a\npassword=x\nb", r"a\npassword=[Filtered]\nb"),
        ("api key: abc123", "api key: [Filtered]"),
        ("The password is: hunter2", "The password is: [Filtered]"),
        ("password: hunter", "password: [Filtered]"),
        ("password: hunter2 for bob", "password: [Filtered] for bob"),
        ("PIN: 1234.", "PIN: [Filtered]."),
        (
            "{ password: hunter, user: bob }",
            "{ password: [Filtered], user: bob }",
        ),
        (
            "{ token: [ 'a', 'b' ], x: 1 }",
            "{ token: [Filtered], x: 1 }",
        ),
    ]);
}

#[test]
fn json_in_text_loses_its_secrets() {
    assert_becomes(&[
        (
            r#"{"password":"hunter2","a":1}"#,
            r#"{"password":"[Filtered]","a":1}"#,
        ),
        (
            r#"{"password" : "a\"b","a":1}"#,
            r#"{"password" : "[Filtered]","a":1}"#,
        ),
        (
            r#"{"password":"a\\","a":1}"#,
            r#"{"password":"[Filtered]","a":1}"#,
        ),
        (
            r#"{\"password\":\"a\\\"b\",\"a\":1}"#,
            r#"{\"password\":\"[Filtered]\",\"a\":1}"#,
        ),
        (
            r#"{\"password\":\"a\\\\\",\"a\":1}"#,
            r#"{\"password\":\"[Filtered]\",\"a\":1}"#,
        ),
        (
            r#"{"pin":1234,"csrf":true}"#,
            r#"{"pin":[Filtered],"csrf":[Filtered]}"#,
        ),
        (
            r#"{"token":null,"secret":""}"#,
            r#"{"token":null,"secret":""}"#,
        ),
        (
            r#"{"token":{"a":"}"},"b":2}"#,
            r#"{"token":[Filtered],"b":2}"#,
        ),
        (
            r#"{"tokens":1,"cookies":["a]","b"],"b":2}"#,
            r#"{"tokens":1,"cookies":[Filtered],"b":2}"#,
        ),
        (r#"{"password":"cut off"#, r#"{"password":"[Filtered]"#),
        (
            "{'credit card': '1', 'a': 1}",
            "{'credit card': '[Filtered]', 'a': 1}",
        ),
        (
            r#"Unexpected token 'x', "{"password":"hunter2"" is not valid JSON"#,
            r#"Unexpected token 'x', "{"password":"[Filtered]"" is not valid JSON"#,
        ),
    ]);
}

#[test]
fn headers_in_text_lose_their_credentials() {
    assert_becomes(&[
        (
            "Authorization: Bearer x",
            "Authorization: Bearer [Filtered]",
        ),
        (
            "authorization: basic abc, Accept: */*",
            "authorization: basic [Filtered], Accept: */*",
        ),
        (
            "Authorization=Bearer abc&x=1",
            "Authorization=Bearer [Filtered]&x=1",
        ),
        (
            r#""Authorization":"Bearer abc""#,
            r#""Authorization":"Bearer [Filtered]""#,
        ),
        (
            "Authorization: Digest username=\"a\", response=\"b\"\nHost: h",
            "Authorization: Digest [Filtered]\nHost: h",
        ),
        ("Authorization: abc123 x", "Authorization: [Filtered] x"),
        (
            "Proxy-Authorization: Token abc",
            "Proxy-Authorization: Token [Filtered]",
        ),
        ("Cookie: a=b; c=d\nHost: h", "Cookie: [Filtered]\nHost: h"),
        (
            "curl -H 'Cookie: a=b; c=d' http://h",
            "curl -H 'Cookie: [Filtered]' http://h",
        ),
        (
            "Set-Cookie: sid=1; Path=/; HttpOnly",
            "Set-Cookie: [Filtered]",
        ),
        (
            "X-Api-Key: abcdef\r\nHost: h",
            "X-Api-Key: [Filtered]\r\nHost: h",
        ),
    ]);
}

#[test]
fn prose_and_places_in_code_stay() {
    assert_unchanged(&[
        "invalid password: must be 8 characters",
        "password is required",
        "password: required",
        "password: can't be blank",
        "new_password: must not be empty",
        "Unexpected token: <",
        "Unexpected token } in JSON at position 5",
        "SyntaxError: Unexpected token: punc (})",
        "SyntaxError: Unexpected token: x1",
        "InvalidTokenError: 401 Unauthorized",
        "TokenExpiredError: jwt expired",
        "TokenService: 5 retries left",
        "Auth::Token: 12 left",
        "at parse (/srv/app/src/token.js:10:5)",
        "token.ts:10:5",
        "  at https://h/auth/token:45:12",
        "lib/csrf.rb:45:in `verify'",
        "std::token::Parser::new",
        "auth::token: none",
        "token_count=5 max_tokens: 100 user_id=7 session_id: 9 author=bob",
        "token: null, password=None",
        "/a?token=&x=1",
        "password=",
        "secret:",
        "if (user.id == 5) { spinner = 1 }",
        "password=[Filtered]",
        "\"token\":[Filtered],",
    ]);
}
