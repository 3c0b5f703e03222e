//! The front end grows no faster than what it is given: twice as much of any shape allocates at most 2.5 times as many
//! bytes. That is work that can be counted, the same on a busy machine; `--bench growth` measures the time.

#[path = "../benches/growth/shapes.rs"]
mod shapes;

use journey_compiler::load::{File, project};
use journey_compiler::{Database, check};
use shapes::{DATA, MANIFEST, SHAPES, Shape};

const RATIO_MAX: f64 = 2.5;

#[test]
fn twice_as_much_allocates_at_most_two_and_a_half_times_as_much() {
    for shape in &SHAPES {
        let (once, twice) = (allocated(shape, 1), allocated(shape, 2));
        let ratio = twice as f64 / once as f64;
        assert!(
            ratio <= RATIO_MAX,
            "{}: {once} bytes, then {twice}: {ratio:.2} times",
            shape.name
        );
    }
}

fn allocated(shape: &Shape, times: usize) -> u64 {
    // A part of the bench's sizes will do.
    let text = format!("{DATA}{}", (shape.program)(shape.size / 2 * times));
    let info = allocation_counter::measure(|| {
        let db = Database::default();
        let files = vec![
            File::new("journey.toml", MANIFEST),
            File::new("shop.journey", text.as_str()),
        ];
        std::hint::black_box(check(&db, project(&db, files)));
    });
    info.bytes_total
}
