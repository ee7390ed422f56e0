use super::*;

/// The names of the functions of a script, in the order in which they begin.
fn names(text: &str) -> Vec<String> {
    let script = Script::read(text, |_, _| None);
    let names = script
        .functions
        .iter()
        .map(|function| function.name.as_deref());
    names.map(|name| name.unwrap_or("?").to_owned()).collect()
}

/// The name of the function around a marker, which is left out of the script.
fn around(text: &str) -> String {
    let at = text.find('§').unwrap();
    let script = Script::read(&text.replace('§', ""), |_, _| None);
    let position = advance((0, 0), &text[..at]);
    script.function_at(position).unwrap_or("?").to_owned()
}

#[test]
fn functions_are_named_by_what_declares_them() {
    for (text, expected) in [
        ("function a(){return function b(){}}", &["a", "b"][..]),
        (
            "async function a(){} function*b(){} async function*c(){}",
            &["a", "b", "c"],
        ),
        (
            "var f=function(){};let g=async function(){};const h=()=>{}",
            &["f", "g", "h"],
        ),
        (
            "const a=e=>e+1,b=async e=>{await e},c=async()=>1;",
            &["a", "b", "c"],
        ),
        (
            "a.b.c=function(){};this.x=()=>1;a['m']=function(){};a[1+1]=()=>{}",
            &["a.b.c", "x", "a.m", "?"],
        ),
        ("x??=()=>{};y||=function(){}", &["x", "y"]),
        (
            "(function(){return()=>{}})();[1].map(e=>e)",
            &["?", "?", "?"],
        ),
        (
            "const o={n:function m(){},a:function(){},r:()=>{},m(){},'s'(){},[k](){},async q(){},*g(){}}",
            &["m", "o.a", "o.r", "o.m", "o.s", "?", "o.q", "o.g"],
        ),
        (
            "class A{constructor(){}static s(){}m(){}#p(){}get g(){return 1}set g(v){}f=()=>{}static async*x(){}}",
            &[
                "new A", "A.s", "A.m", "A.#p", "get A.g", "set A.g", "A.f", "A.x",
            ],
        ),
        (
            "let B=class{m(){}};let C=class D extends B{m(){}};f(class{m(){}})",
            &["B.m", "D.m", "m"],
        ),
        (
            "class A extends f({}){constructor(){super()}m(){if(1){}for(;;){}}}",
            &["new A", "A.m"],
        ),
        ("f({onClick(){}, b:{c(){}}})", &["onClick", "b.c"]),
        (
            "export default function(){} export const z=()=>{}",
            &["?", "z"],
        ),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

#[test]
fn the_innermost_function_is_found() {
    for (text, expected) in [
        ("function a(){§x}", "a"),
        ("function a(x=§y){}", "a"),
        ("function a(){}§x", "?"),
        ("function a(){b(()=>{§x})}", "?"),
        ("const f=e=>§e+1;g", "f"),
        ("const f=e=>e+1;§g", "?"),
        ("const f=e=>({a:§1}),h=2", "f"),
        ("g(e=>e.x,§2)", "?"),
        ("const f=a=>b=>§c", "?"),
        ("const f=a=>b=>c\nvar x=§1", "?"),
        ("const f=a=>b\n.c(§d)", "f"),
        ("const f=()=>`${§a}`;", "f"),
        ("function a(){const t=`x${b(`${{c(){§d}}.c()}`)}y`}", "c"),
        ("function a(){const t=`x${b(`${1}`)}y`;§z}", "a"),
        ("function a(){return e?{m(){§x}}:0}", "m"),
        ("function a(){switch(1){case 1:{let b=()=>{};§x}}}", "a"),
        ("function a(){l:{§x}}", "a"),
        ("class A{static{§x}}", "?"),
        ("function ä(){'😀';§x}", "ä"),
        ("function a(){\r\n  //{\n /*}*/ §x}", "a"),
    ] {
        assert_eq!(around(text), expected, "{text}");
    }
}

#[test]
fn what_looks_like_a_bracket_is_none() {
    for text in [
        "function a(){x=/[/}]\\/}/g;§y}",
        "function a(){if(x)/}/.test(y);§z}",
        "function a(){return/}/;§z}",
        "function a(){x=b/2;c='}'/1;§z}",
        "function a(){x=(b)/2/3;§z}",
        "function a(){x={}/2;y='}';§z}",
        "function a(){x++/2;'/}';§z}",
        "function a(){'\\'}';\"}\";`}`;`\\`}`;§z}",
        "function a(){b=>{}\n/}/.test(c);§z}",
        "function a(){{}/}/.test(b);§z}",
        "function a(){x=function(){}/2;y='}';§z}",
        "function a(){x=typeof/}/;§z}",
        "function a(){o.return/2;'}';§z}",
    ] {
        assert_eq!(around(text), "a", "{text}");
    }
}

#[test]
fn a_map_renames_each_part() {
    let text = "class t{n(){}}";
    let original = |start: Position, _: Position| match start {
        (0, 6) => Some("Cart"),
        (0, 8) => Some("total"),
        _ => None,
    };
    let script = Script::read(text, original);
    assert_eq!(script.function_at((0, 12)), Some("Cart.total"));
}

#[test]
fn positions_end_with_their_lines() {
    let script = Script::read("ab\r\n😀\n", |_, _| None);
    for (position, expected) in [
        ((0, 2), true),
        ((0, 3), false),
        ((1, 2), true),
        ((1, 3), false),
        ((2, 0), true),
        ((3, 0), false),
    ] {
        assert_eq!(script.contains(position), expected, "{position:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "[(){}\\[\\]a-c=>;:,`$/'\" \n.?*class function async#é😀\\\\]{0,200}") {
        let script = Script::read(&text, |_, _| None);
        let _ = script.function_at((0, 10));
    }
}
