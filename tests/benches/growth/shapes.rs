//! Programs that grow: of each shape one for every size. `growth` (the bench) looks at time, the test of the same name
//! at how much is allocated.

use std::fmt::Write as _;

pub const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"Europe/London\"\n";
pub const DATA: &str =
    "event seen { page: text }\nprofile { n: int = 0 }\nidentity { user_id unique }\n";

/// A shape: its name, how large it is at first, the program of a size.
pub struct Shape {
    pub name: &'static str,
    pub size: usize,
    pub program: fn(usize) -> String,
}

pub const SHAPES: [Shape; 12] = [
    Shape {
        name: "declarations",
        size: 1_000,
        program: |n| lines(n, |i| format!("audience a_{i} = n > {i}\n")),
    },
    Shape {
        name: "audiences that use each other",
        size: 1_000,
        program: |n| {
            let chain = |i: usize| match i {
                0 => "audience a_0 = n > 0\n".to_owned(),
                _ => format!("audience a_{i} = a_{} or n == {i}\n", i - 1),
            };
            lines(n, chain)
        },
    },
    Shape {
        name: "steps of a journey",
        size: 500,
        program: |n| journey(&lines(n, |i| format!("set n = {i}\nwait 1 day\n"))),
    },
    Shape {
        name: "branches of an if",
        size: 500,
        program: |n| {
            let arms = lines(n, |i| {
                format!("if n == {i} {{ wait {} days }} else ", i + 1)
            });
            journey(&format!("{arms}{{ end }}"))
        },
    },
    Shape {
        name: "arms of a match",
        size: 500,
        program: |n| {
            let arms = lines(n, |i| format!("{i} => {{ wait 1 day }}\n"));
            journey(&format!("match n {{ {arms} else => {{ }} }}"))
        },
    },
    Shape {
        name: "terms of a sum",
        size: 1_000,
        program: |n| format!("audience a = n > 0{}\n", lines(n, |i| format!(" + {i}"))),
    },
    Shape {
        name: "parts of an or, on one line",
        size: 1_000,
        program: |n| {
            format!(
                "audience a = n == 0{}\n",
                lines(n, |i| format!(" or n == {i}"))
            )
        },
    },
    Shape {
        name: "parentheses side by side",
        size: 1_000,
        program: |n| {
            format!(
                "audience a = (n) > 0{}\n",
                lines(n, |_| " + (n)".to_owned())
            )
        },
    },
    Shape {
        name: "parentheses in each other",
        size: 30,
        program: |n| {
            let deep = format!("{}n{}", "(".repeat(n), ")".repeat(n));
            lines(100, |i| format!("audience a_{i} = {deep} > {i}\n"))
        },
    },
    Shape {
        name: "parentheses that never close",
        size: 10_000,
        program: |n| format!("audience a = {}n\n", "(".repeat(n)),
    },
    Shape {
        name: "a text",
        // Beyond what an allocator takes from its own pages.
        size: 400_000,
        program: |n| format!("const t = \"{}\"\n", "long ".repeat(n / 5)),
    },
    Shape {
        name: "errors",
        size: 1_000,
        program: |n| lines(n, |i| format!("audience a_{i} = nobody_{i} > {i} +\n")),
    },
];

fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    for i in 0..n {
        let _ = write!(out, "{}", line(i));
    }
    out
}

fn journey(steps: &str) -> String {
    format!("journey j {{\nenter on seen\n{steps}\n}}\n")
}
