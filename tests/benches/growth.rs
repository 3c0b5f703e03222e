//! How the front end grows with what it is given: twice as much may take at most 2.5 times as long, whatever
//! the shape. Prints a ratio for each; the last line says whether all hold.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures and prints"
)]

use journey_compiler::load::{File, project};
use journey_compiler::{Database, check};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const RATIO_MAX: f64 = 2.5;
const RUNS: u32 = 7;
const MANIFEST: &str = "[project]\nname = \"shop\"\ntimezone = \"Europe/London\"\n";
const DATA: &str =
    "event seen { page: text }\nprofile { n: int = 0 }\nidentity { user_id unique }\n";

/// A shape: its name, how large it is at first, the program of a size.
struct Shape {
    name: &'static str,
    size: usize,
    program: fn(usize) -> String,
}

const SHAPES: [Shape; 12] = [
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
        size: 100_000,
        program: |n| format!("const t = \"{}\"\n", "long ".repeat(n / 5)),
    },
    Shape {
        name: "errors",
        size: 1_000,
        program: |n| lines(n, |i| format!("audience a_{i} = nobody_{i} > {i} +\n")),
    },
];

fn main() {
    let mut worst: f64 = 0.0;
    for shape in &SHAPES {
        let (once, twice) = (least(shape, 1), least(shape, 2));
        let ratio = twice.as_secs_f64() / once.as_secs_f64();
        worst = worst.max(ratio);
        println!("{}: {once:.1?}, {twice:.1?}, ratio {ratio:.2}", shape.name);
    }
    let verdict = if worst <= RATIO_MAX {
        "holds"
    } else {
        "MISSED"
    };
    println!("growth: at most {worst:.2}, floor {RATIO_MAX}: {verdict}");
}

/// The least time that a check of the shape took, so many times its first size.
fn least(shape: &Shape, times: usize) -> Duration {
    let text = format!("{DATA}{}", (shape.program)(shape.size * times));
    let runs = (0..RUNS).map(|_| {
        let begun = Instant::now();
        let db = Database::default();
        let files = vec![
            File::new("journey.toml", MANIFEST),
            File::new("shop.journey", text.as_str()),
        ];
        std::hint::black_box(check(&db, project(&db, files)));
        begun.elapsed()
    });
    runs.min().unwrap_or_default()
}

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
