//! Looking again and again, with a seed: where nothing differs, one look in twenty lies, all looks together
//! lie far oftener, and the sequence keeps its word; where something differs, it is found.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use journey_measure::Confidence;
use journey_measure::lift::{self, Share, sequential};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng as _;

const LEVEL: Confidence = Confidence::NINETY_FIVE;
const RUNS: u32 = 300;
const LOOKS: u64 = 40;
const EACH: u64 = 100;

/// How many runs ever were alarmed: by plain looks, and by the sequence; and how many held the truth always.
fn alarms(base: f64, difference: f64) -> (u32, u32, u32) {
    let mut random = Pcg64::new(2_022, 5);
    let mut drawn = |share: f64| -> u64 {
        let hit = |_: &u64| (random.next_u64() >> 11) as f64 / ((1_u64 << 53) as f64) < share;
        (0..EACH).filter(hit).count() as u64
    };
    let planned = (2.0 * base * (1.0 - base) / (EACH * LOOKS / 2) as f64).sqrt();
    let mixture = sequential::mixture(planned, LEVEL).unwrap();
    let (mut plain, mut always, mut held) = (0, 0, 0);
    for _ in 0..RUNS {
        let (mut arm, mut control) = (0, 0);
        let (mut fooled, mut sure, mut holds) = (false, false, true);
        for look in 1..=LOOKS {
            arm += drawn(base + difference);
            control += drawn(base);
            let people = look * EACH;
            let share = |converted| Share { people, converted };
            let found = lift::shares(share(arm), share(control), LEVEL).unwrap();
            let sequence = sequential::look(&found, mixture, LEVEL).unwrap();
            fooled |= found.p_value < 0.05;
            sure |= sequence.p_value < 0.05;
            holds &= sequence.interval.contains(difference);
        }
        plain += u32::from(fooled);
        always += u32::from(sure);
        held += u32::from(holds);
    }
    (plain, always, held)
}

#[test]
fn looking_always_keeps_its_word() {
    let (plain, always, held) = alarms(0.2, 0.0);
    // plainly looking forty times fools at least one run in six
    assert!(plain > RUNS / 6, "{plain}");
    assert!(always <= RUNS / 20, "{always}");
    assert!(held >= RUNS - RUNS / 20, "{held}");
}

#[test]
fn looking_always_finds_what_is_there() {
    let (_, always, held) = alarms(0.2, 0.04);
    // one look at the end would find it 99 times in 100: this is what looking always costs
    assert!(always > RUNS * 4 / 5, "{always}");
    assert!(held >= RUNS - RUNS / 20, "{held}");
}
