//! Which values an int or number expression can take, from literals and declared ranges: what may be
//! assigned to an `int in 0..10`, and what a `match` over one has to handle.

use crate::hir::{Expr, ExprKind as Hir, Local};
use crate::world::World;
use journey_program::types::{RecordId, Type, Value};

/// The type that the author declared for a path, with its range.
pub(crate) fn declared(world: &World, locals: &[Local], e: &Expr) -> Type {
    match &e.kind {
        Hir::Profile(field) => field_type(world, world.profile.record, *field),
        Hir::Field(base, field) => match declared(world, locals, base).known() {
            Type::Record(record) => field_type(world, *record, *field),
            _ => None,
        },
        Hir::Local(id) => usize::try_from(id.0)
            .ok()
            .and_then(|i| locals.get(i))
            .map(|l| l.ty.clone()),
        Hir::Computed(i) => usize::try_from(*i)
            .ok()
            .and_then(|i| world.profile.lets.get(i))
            .map(|(_, ty)| ty.clone()),
        Hir::Logistic(_) | Hir::Learned(..) => Some(Type::NumberIn(0f64.to_bits(), 1f64.to_bits())),
        Hir::Narrow(inner) => Some(declared(world, locals, inner).known().clone()),
        _ => None,
    }
    .unwrap_or_else(|| e.ty.clone())
}

fn field_type(world: &World, record: RecordId, field: u32) -> Option<Type> {
    let fields = &world.records.get(record.index())?.fields;
    fields
        .get(usize::try_from(field).ok()?)
        .map(|f| f.ty.clone())
}

/// Whether an int is proved to lie in `low..high`.
pub(crate) fn in_int_range(world: &World, locals: &[Local], e: &Expr, low: i64, high: i64) -> bool {
    bounds(e, &|e| match &e.kind {
        Hir::Value(Value::Int(n)) => Some((*n, *n)),
        _ => match declared(world, locals, e).known() {
            Type::IntIn(low, high) => Some((*low, *high)),
            _ => None,
        },
    })
    .is_some_and(|(a, b)| low <= a && b <= high)
}

/// Whether a number is proved to lie in `low..high`.
pub(crate) fn in_number_range(
    world: &World,
    locals: &[Local],
    e: &Expr,
    low: f64,
    high: f64,
) -> bool {
    bounds(e, &|e| match &e.kind {
        Hir::Value(Value::Number(n)) => Some((*n, *n)),
        _ => match declared(world, locals, e).known() {
            Type::NumberIn(low, high) => Some((f64::from_bits(*low), f64::from_bits(*high))),
            _ => None,
        },
    })
    .is_some_and(|(a, b)| low <= a && b <= high)
}

/// Lowest and highest value, if both are known. `leaf` answers for literals and paths.
fn bounds<N: Copy + PartialOrd>(
    e: &Expr,
    leaf: &dyn Fn(&Expr) -> Option<(N, N)>,
) -> Option<(N, N)> {
    match &e.kind {
        Hir::Value(Value::Unknown) => None,
        Hir::Some(inner) | Hir::Narrow(inner) => bounds(inner, leaf).or_else(|| leaf(e)),
        Hir::If(_, a, b) | Hir::Else(a, b) => hull([&**a, &**b].into_iter(), leaf),
        Hir::Match(_, arms) => hull(arms.iter().map(|(_, value)| value), leaf),
        // one bound of a clamp is enough for its side
        Hir::Least(items) => clamp(items, leaf, true),
        Hir::Greatest(items) => clamp(items, leaf, false),
        _ => leaf(e),
    }
}

fn hull<'e, N: Copy + PartialOrd + 'e>(
    items: impl Iterator<Item = &'e Expr>,
    leaf: &dyn Fn(&Expr) -> Option<(N, N)>,
) -> Option<(N, N)> {
    let mut all: Option<(N, N)> = None;
    for item in items {
        let (low, high) = bounds(item, leaf)?;
        all = Some(match all {
            None => (low, high),
            Some((a, b)) => (
                if low < a { low } else { a },
                if high > b { high } else { b },
            ),
        });
    }
    all
}

/// `least(greatest(x, low), high)` and its mirror: the inner clamp gives the side that the outer leaves open.
fn clamp<N: Copy + PartialOrd>(
    items: &[Expr],
    leaf: &dyn Fn(&Expr) -> Option<(N, N)>,
    least: bool,
) -> Option<(N, N)> {
    let near = side(items, leaf, least, least)?;
    let far = side(items, leaf, least, !least)?;
    Some(if least { (far, near) } else { (near, far) })
}

/// The upper (`upper`) or lower bound of a `least` or `greatest`.
fn side<N: Copy + PartialOrd>(
    items: &[Expr],
    leaf: &dyn Fn(&Expr) -> Option<(N, N)>,
    least: bool,
    upper: bool,
) -> Option<N> {
    let mut best: Option<N> = None;
    for item in items {
        let found = match &item.kind {
            Hir::Least(inner) => side(inner, leaf, true, upper),
            Hir::Greatest(inner) => side(inner, leaf, false, upper),
            _ => bounds(item, leaf).map(|(low, high)| if upper { high } else { low }),
        };
        best = match (best, found) {
            // the side that the operator picks: any operand bounds it; the other side needs all
            (best, None) if least == upper => best,
            (_, None) => return None,
            (None, found) => found,
            (Some(a), Some(b)) => Some(if (b < a) == least { b } else { a }),
        };
    }
    best
}
