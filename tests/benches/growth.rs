//! How the front end grows with what it is given: twice as much may take at most 2.5 times as long, whatever
//! the shape. Prints a ratio for each; the last line says whether all hold.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures and prints"
)]

#[path = "compile/clock.rs"]
#[expect(dead_code, reason = "a part of it is enough here")]
mod clock;
#[path = "growth/shapes.rs"]
mod shapes;

use clock::Clock;
use journey_compiler::load::{File, project};
use journey_compiler::{Database, check};
use shapes::{DATA, MANIFEST, SHAPES, Shape};
use std::time::Duration;

const RATIO_MAX: f64 = 2.5;
const RUNS: u32 = 5;
const BATCH_MIN: Duration = Duration::from_millis(200);

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

/// The least time of the processor that a check of the shape took, so many times its first size.
fn least(shape: &Shape, times: usize) -> Duration {
    let text = format!("{DATA}{}", (shape.program)(shape.size * times));
    let batch = |count: u32| {
        let clock = Clock::start();
        for _ in 0..count {
            let db = Database::default();
            let files = vec![
                File::new("journey.toml", MANIFEST),
                File::new("shop.journey", text.as_str()),
            ];
            std::hint::black_box(check(&db, project(&db, files)));
        }
        clock.alone().cpu
    };
    // the system counts the processor's time in steps of some milliseconds
    let mut count = 1;
    while batch(count) < BATCH_MIN {
        count *= 2;
    }
    let runs = (0..RUNS).map(|_| batch(count) / count);
    runs.min().unwrap_or_default()
}
