//! The ids that are known, held against a plain map of them.

use journey_runtime::state::Seen;
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_known_is_what_came_within_the_time(
        steps in prop::collection::vec((0i64..40, 0u128..3_000, 1i64..2_000), 0..4_000),
        high in any::<bool>(),
    ) {
        let (mut seen, mut plain) = (Seen::default(), BTreeMap::<u128, i64>::new());
        let (mut now, mut oldest) = (0, i64::MIN);
        for (passed, print, kept) in steps {
            now += passed;
            oldest = oldest.max(now - kept);
            // prints that differ in one half only
            let print = if high { print << 64 } else { print };
            seen.forget(oldest);
            let known = plain.get(&print).is_some_and(|at| *at >= oldest);
            prop_assert_eq!(seen.contains(print), known);
            if !known {
                seen.insert(now, print);
                plain.insert(print, now);
            }
        }
        let bytes = serde_json::to_string(&seen).unwrap();
        let again: Seen = serde_json::from_str(&bytes).unwrap();
        prop_assert!(seen == again);
        plain.retain(|_, at| *at >= oldest);
        prop_assert!(plain.keys().all(|print| again.contains(*print)));
    }
}
