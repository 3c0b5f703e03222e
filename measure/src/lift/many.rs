//! Several arms at once: p-values that stay honest when the best one is picked. Holm, "A simple sequentially
//! rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).

/// Each p-value made larger so that the chance of any false alarm among all keeps the level of one.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = p_values.iter().copied().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut left, mut most) = (order.len(), 0.0_f64);
    let mut adjusted: Vec<(usize, f64)> = Vec::with_capacity(order.len());
    for (p, place) in order {
        most = most.max((p * left as f64).min(1.0));
        adjusted.push((place, most));
        left -= 1;
    }
    adjusted.sort_unstable_by_key(|(place, _)| *place);
    adjusted.into_iter().map(|(_, p)| p).collect()
}
