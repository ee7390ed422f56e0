//! Languages whose traces are read by their functions and places.

use super::{apart, same};

#[test]
fn functions_count_and_places_do_not() {
    for (trace, variations, function) in [
        (
            "bakery: oven.lua:1: too hot\nstack traceback:\n\t/srv/bakery/oven.lua:31: in function 'oven.bake'\n\t/srv/bakery/shift.lua:12: in local 'run'\n\t/srv/bakery/main.lua:4: in main chunk\n\t[C]: in ?",
            &[
                ("/srv/bakery/", "lib/"),
                (":31:", ":77:"),
                ("in local", "in function"),
            ][..],
            "oven.bake",
        ),
        (
            "Fatal error: exception Not_found\nRaised at Stdlib__Map.Make.find in file \"map.ml\", line 137, characters 10-25\nCalled from Dune__exe__Oven.bake in file \"bin/oven.ml\", line 22, characters 12-34\nCalled from Dune__exe__Shift.run in file \"bin/shift.ml\", line 9, characters 4-20",
            &[
                ("line 22, characters 12-34", "line 31, characters 9-10"),
                (
                    "Stdlib__Map.Make.find in file \"map.ml\", line 137",
                    "Stdlib__Hashtbl.find in file \"hashtbl.ml\", line 3",
                ),
            ],
            "Oven.bake",
        ),
        (
            "ERROR: BoundsError: attempt to access 3-element Vector\nStacktrace:\n [1] getindex\n   @ ./essentials.jl:13 [inlined]\n [2] bake!(o::Oven, t::Float64)\n   @ Bakery ~/Bakery/src/oven.jl:44\n [3] run(n::Int64)\n   @ Bakery ~/Bakery/src/shift.jl:20",
            &[
                ("~/Bakery", "/opt/Bakery"),
                (":44", ":48"),
                (" [1] getindex\n   @ ./essentials.jl:13 [inlined]\n", ""),
            ],
            "bake!",
        ),
        (
            "bakery: Prelude.head: empty list\nCallStack (from HasCallStack):\n  error, called at libraries/base/GHC/List.hs:1646:3 in base:GHC.List\n  head, called at src/Bakery/Oven.hs:41:17 in bakery-0.3.1-inplace:Bakery.Oven\n  bake, called at src/Bakery/Shift.hs:12:3 in bakery-0.3.1-inplace:Bakery.Shift",
            &[
                ("0.3.1-inplace", "0.4.0-BxQ81jK2LmD"),
                (":41:17", ":52:9"),
                ("1646:3", "1782:3"),
            ],
            "\n  bake",
        ),
        (
            "thread 4112 panic: index out of bounds\n/home/u/bakery/src/oven.zig:33:20: 0x1034a2b in bake (bakery)\n    const s = self.trays[i];\n                   ^\n/home/u/bakery/src/shift.zig:12:14: 0x1035b01 in run (bakery)\n    try o.bake(9);\n             ^\n/usr/lib/zig/std/start.zig:524:37: 0x1033d95 in posixCallMainAndExit (bakery)",
            &[
                ("/home/u/", "/build/"),
                ("0x1034a2b", "0x20aa11"),
                (":33:20", ":36:20"),
                ("bake(9)", "bake(tray)"),
            ],
            "in bake",
        ),
        (
            "=CRASH REPORT====\n  exception error: bad argument\n    in function  oven:bake/2 (src/oven.erl, line 45)\n    in call from shift:handle_info/2 (src/shift.erl, line 80)\n    in call from gen_server:try_handle_info/3 (gen_server.erl, line 1095)",
            &[
                ("line 45", "line 49"),
                ("(src/", "(/opt/bakery/src/"),
                ("try_handle_info/3", "try_dispatch/4"),
            ],
            "oven:bake",
        ),
        (
            "at Invoke-Oven, C:\\ops\\oven.psm1: line 40\nat Start-Shift, C:\\ops\\shift.ps1: line 12",
            &[("C:\\ops\\", "/opt/ops/"), ("line 40", "line 4")],
            "Invoke-Oven",
        ),
    ] {
        for (from, to) in variations {
            assert!(trace.contains(from), "{from}");
            same(trace, &trace.replace(from, to));
        }
        apart(trace, &trace.replace(function, &format!("{function}x")));
    }
}

#[test]
fn what_stands_before_the_calls_tells_errors_apart() {
    let trace = "Fatal error: exception Not_found\nCalled from Oven.bake in file \"bin/oven.ml\", line 22, characters 1-2\nCalled from Shift.run in file \"bin/shift.ml\", line 9, characters 4-20";
    apart(trace, &trace.replace("Not_found", "End_of_file"));
}

#[test]
fn prose_is_no_trace() {
    let text = "could not read trays.yaml:12\nthe oven stays cold";
    apart(text, &text.replace("cold", "hot"));
    let hosts = "connect to a.bakery.example.com:80\nconnect to b.bakery.example.com:80\nno oven";
    apart(hosts, &hosts.replace("no oven", "no tray"));
}
