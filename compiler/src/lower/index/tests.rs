//! The index against the bools themselves, over all that their fields can hold.

use super::cuts::{Cuts, number_at, place_of};

#[test]
fn doubles_keep_their_order() {
    let numbers = [
        f64::MIN,
        -2.5,
        -f64::MIN_POSITIVE,
        -5e-324,
        0.0,
        5e-324,
        1.0,
        1.0_f64.next_up(),
        f64::MAX,
    ];
    for pair in numbers.windows(2) {
        assert!(place_of(pair[0]) < place_of(pair[1]), "{pair:?}");
    }
    for number in numbers {
        assert_eq!(f64::from_bits(number_at(place_of(number))), number);
        let next = f64::from_bits(number_at(place_of(number) + 1));
        assert_eq!(next, number.next_up());
    }
    assert_eq!(place_of(-0.0), place_of(0.0));
}

#[test]
fn cuts_hold_where_both_or_either_do() {
    let (a, b) = (Cuts::from(3), Cuts::from(5).turned());
    let (both, either) = (a.and(&b), a.or(&b));
    for value in 0..9 {
        assert_eq!(both.holds(value), (3..5).contains(&value));
        assert!(either.holds(value));
    }
    assert!(either.is_always());
    assert_eq!(b.only(), Some((true, 5)));
    assert!(Cuts::never().turned().is_always());
}
