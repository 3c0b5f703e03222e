//! When time alone does something: waits, releases, stays, schedules, and answers that change by themselves.
//! The model lists every instant at which anything may happen and looks at each.

use super::deploying::names;
use super::eval::Scene;
use super::history::pane_start;
use super::person::{Person, Waiting};
use super::values::whole;
use super::waits::next_day;
use super::{Model, actions};
use journey_compiler::hir::{Enter, Expr, ExprKind, History, Journey, Piece, Window};
use journey_program::civil::add_span_to_date;
use journey_program::types::{Type, Value};

/// What is due, in the order of kinds at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Edges,
    Wait,
    Entry,
    Release,
}

/// (due, profile, kind, priority descending, journey, key), then what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: i64,
    profile: String,
    kind: Kind,
    priority: i64,
    /// its name, its version
    journey: (String, String),
    key: String,
    who: usize,
    instance: usize,
}

impl<'p> Model<'p> {
    /// Everything that is due before an instant happens, in order.
    pub(super) fn due_before(&mut self, before: i64) {
        if self.clock == i64::MIN {
            return;
        }
        while let Some(due) = self.next_due() {
            // what a change of zone made overdue comes after the events of this instant too
            if due.at.max(self.clock) >= before {
                break;
            }
            self.clock = self.clock.max(due.at);
            self.after = true;
            self.fire(&due);
            self.drain();
        }
    }

    fn fire(&mut self, due: &Due) {
        match due.kind {
            Kind::Edges => {
                if let Some(person) = self.people.get_mut(due.who) {
                    person.looked = (due.at, true);
                }
                self.after_change(due.who, None);
            }
            Kind::Wait => self.timeout(due.who, due.instance),
            Kind::Release => self.release_send(due.who, due.instance),
            Kind::Entry => self.scheduled(due),
        }
    }

    fn scheduled(&mut self, due: &Due) {
        let journey = self.entered().find(|j| j.name == due.journey.0);
        let Some(journey) = journey else { return };
        if let Some(person) = self.people.get_mut(due.who) {
            person.stays.remove(&due.journey.0);
        }
        self.schedule(due.who, journey);
        if let Enter::Every {
            when: Some(when), ..
        }
        | Enter::Yearly {
            when: Some(when), ..
        } = &journey.enter
        {
            let holds = self
                .scene(due.who, None, None)
                .is_some_and(|mut s| s.holds(when, journey.decl));
            if !holds {
                return;
            }
        }
        self.enter(due.who, journey, None, None, None);
    }

    /// The next turn of `enter every`: a civil day after that of the last one.
    pub(super) fn schedule(&mut self, who: usize, journey: &Journey) {
        if let Enter::Yearly { .. } = &journey.enter {
            return self.schedule_yearly(who, journey);
        }
        let Enter::Every { weekday, clock, .. } = &journey.enter else {
            return;
        };
        let zone = self.zone_of(who);
        let now = self.clock;
        let Some(person) = self.people.get_mut(who) else {
            return;
        };
        let last = person.scheduled.remove(&journey.name);
        let last = last.or_else(|| person.met.get(&journey.name).copied());
        if let Some(day) = last {
            person.met.insert(journey.name.clone(), day);
        }
        if let Some(day) = next_day(zone, now, *clock, *weekday, last) {
            person.scheduled.insert(journey.name.clone(), day);
        }
    }

    fn next_due(&self) -> Option<Due> {
        let people = self.people.iter().enumerate();
        people
            .filter(|(_, person)| !person.gone)
            .filter_map(|(who, person)| self.next_of(who, person))
            .min()
    }

    fn next_of(&self, who: usize, person: &Person<'p>) -> Option<Due> {
        let due = |at, kind, journey: &Journey, key: String, instance| Due {
            at,
            profile: person.id.clone(),
            kind,
            priority: -journey.priority,
            journey: {
                let (name, version) = names(journey);
                (name.to_owned(), version.to_owned())
            },
            key,
            who,
            instance,
        };
        let mut all: Vec<Due> = Vec::new();
        for (number, instance) in person.instances.iter().enumerate() {
            let moves = instance.live || instance.leaving;
            let Some(waiting) = instance.waiting.as_ref().filter(|_| moves) else {
                continue;
            };
            let kind = if matches!(waiting, Waiting::Release { .. } | Waiting::Gathering { .. }) {
                Kind::Release
            } else {
                Kind::Wait
            };
            let key = instance
                .key
                .as_ref()
                .map(actions::key_order)
                .unwrap_or_default();
            if let Some(at) = self.due_of(who, instance) {
                all.push(due(at, kind, instance.journey, key, number));
            }
        }
        for journey in self.entered() {
            if let Some(at) = person.stays.get(&journey.name) {
                all.push(due(*at, Kind::Entry, journey, String::new(), 0));
            }
            if let Some(at) = self.next_schedule(who, journey) {
                all.push(due(at, Kind::Entry, journey, String::new(), 0));
            }
        }
        if let Some(at) = self.next_moment(who, person) {
            all.push(Due {
                at,
                profile: person.id.clone(),
                kind: Kind::Edges,
                priority: 0,
                journey: Default::default(),
                key: String::new(),
                who,
                instance: 0,
            });
        }
        all.into_iter().min()
    }

    fn next_schedule(&self, who: usize, journey: &Journey) -> Option<i64> {
        let (Enter::Every { clock, .. } | Enter::Yearly { clock, .. }) = &journey.enter else {
            return None;
        };
        let person = self.people.get(who)?;
        let zone = self.zone_of(who);
        zone.date_at_clock(*person.scheduled.get(&journey.name)?, *clock)
    }

    /// The next instant, not before now, at which an answer about this person may change by itself.
    fn next_moment(&self, who: usize, person: &Person<'p>) -> Option<i64> {
        let mut moments: Vec<i64> = Vec::new();
        for audience in &self.program.audiences {
            let mut scene = self.scene(who, None, None)?;
            scene.notes = None;
            watch(&scene, &audience.predicate, &mut moments);
        }
        for (number, instance) in person.instances.iter().enumerate() {
            if let (true, Some(watched)) = (instance.live, &instance.journey.watch) {
                let mut scene = self.scene(who, Some(number), None)?;
                scene.notes = None;
                watch(&scene, watched, &mut moments);
            }
        }
        // a moment at the clock itself is still to come as long as it has not been looked at
        let looked = person.looked;
        moments
            .into_iter()
            .filter(|m| *m >= self.clock && (*m, true) > looked)
            .min()
    }
}

/// Instants at which a watched expression may change.
fn watch(scene: &Scene<'_>, e: &Expr, moments: &mut Vec<i64>) {
    match &e.kind {
        ExprKind::History(history) => changes(scene, history, moments),
        ExprKind::Compare(_, a, b) if half_life(scene, a).is_some() => {
            moments.extend(fading(scene, a, b));
        }
        ExprKind::Compare(_, b, a) if half_life(scene, a).is_some() => {
            moments.extend(fading(scene, a, b));
        }
        ExprKind::Between(a, low, high) if half_life(scene, a).is_some() => {
            moments.extend(fading(scene, a, low));
            moments.extend(fading(scene, a, high));
        }
        ExprKind::Muted(purpose) => moments.extend(scene.known.muted.get(&purpose.0)),
        ExprKind::Compare(_, a, b) if reads_clock(scene, a) || reads_clock(scene, b) => {
            if reads_days(scene, a) || reads_days(scene, b) {
                moments.extend(midnights(scene));
            }
            moments.extend(meeting(scene, a, b));
        }
        ExprKind::Between(a, low, high) if reads_clock(scene, a) => {
            moments.extend(midnights(scene));
            moments.extend(meeting(scene, a, low));
            moments.extend(meeting(scene, a, high));
        }
        ExprKind::In(a, _) | ExprKind::Match(a, _) if reads_clock(scene, a) => {
            moments.extend(midnights(scene));
        }
        ExprKind::InAudience(audience) => {
            if let Some(audience) = scene.program.audiences.get(audience.index()) {
                watch(scene, &audience.predicate, moments);
            }
        }
        _ => {}
    }
    children(scene, e, &mut |child| watch(scene, child, moments));
}

fn changes(scene: &Scene<'_>, history: &History, moments: &mut Vec<i64>) {
    let zone = scene.civil_zone();
    let mut instants: Vec<i64> = Vec::new();
    for happening in scene.asked(history) {
        let sequence = history.sequence.as_ref();
        if happening.event == history.event {
            instants.push(happening.at);
            if let Some(within) = sequence.and_then(|s| s.within) {
                instants.push(happening.at + within);
                moments.push(happening.at + within);
            }
        }
        if sequence.is_some_and(|s| s.event == happening.event) {
            instants.push(happening.at);
        }
    }
    for at in instants {
        match &history.window {
            Window::Last(length) if history.exact > 0 => moments.push(at + length),
            Window::Last(length) => moments.push(pane_start(at, history.pane_ms) + length),
            Window::LastSpan(span) if history.exact > 0 => {
                moments.extend(zone.add_span_to_time(at, *span));
            }
            Window::LastSpan(span) => {
                let day = zone.day_of(at);
                let day = day.and_then(|day| add_span_to_date(day, *span));
                moments.extend(day.and_then(|day| zone.start_of_day(day)));
            }
            Window::ThisDay => moments.extend(ends(zone.day_bounds(scene.now))),
            Window::ThisWeek => moments.extend(ends(zone.week_bounds(scene.now))),
            Window::ThisMonth => moments.extend(ends(zone.month_bounds(scene.now))),
            Window::Ever
            | Window::SinceEnter
            | Window::SinceStep(_)
            | Window::Since(_)
            | Window::SinceField(_) => {}
        }
    }
}

/// The half life of a score, asked at once or through a computed field.
fn half_life(scene: &Scene<'_>, e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::History(history) => (history.half_life > 0).then_some(history.half_life),
        ExprKind::Computed(number) => {
            let computed = scene.program.profile.lets.get(*number as usize)?;
            half_life(scene, &computed.value)
        }
        _ => None,
    }
}

/// Where a score comes to lie elsewhere beside its bound: it fades, half life by half life, and its window is
/// held still, since what leaves a window is looked at by itself.
fn fading(scene: &Scene<'_>, score: &Expr, bound: &Expr) -> Vec<i64> {
    // it may have come to lie elsewhere just now, for one of several people
    let crossed = crossing(scene, score, bound);
    crossed.into_iter().chain([scene.now]).collect()
}

fn crossing(scene: &Scene<'_>, score: &Expr, bound: &Expr) -> Option<i64> {
    let half = half_life(scene, score)?;
    let Value::Number(bound) = scene.clone().eval(bound).ok()? else {
        return None;
    };
    let history = question(scene, score)?;
    let at_newest = scene.clone().score(history);
    let side = |at: i64| {
        let value = at_newest.map_or(0.0, |newest| Scene::faded(newest, at, half));
        value.partial_cmp(&bound)
    };
    let here = side(scene.now);
    let mut same = scene.now;
    let mut step = 0;
    let mut other = loop {
        step += 1;
        if step > 4_000 {
            return None;
        }
        let next = same + half;
        if side(next) != here {
            break next;
        }
        same = next;
    };
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if side(middle) == here {
            same = middle;
        } else {
            other = middle;
        }
    }
    Some(other)
}

fn question<'e>(scene: &Scene<'e>, e: &'e Expr) -> Option<&'e History> {
    match &e.kind {
        ExprKind::History(history) => Some(history),
        ExprKind::Computed(number) => {
            let computed = scene.program.profile.lets.get(*number as usize)?;
            question(scene, &computed.value)
        }
        _ => None,
    }
}

fn midnights(scene: &Scene<'_>) -> Vec<i64> {
    ends(scene.civil_zone().day_bounds(scene.now))
}

/// Where a period begins and ends: it may have begun for others already, and not been looked at for this one.
fn ends(bounds: Option<(i64, i64)>) -> Vec<i64> {
    bounds
        .into_iter()
        .flat_map(|(from, to)| [from, to])
        .collect()
}

/// Where two sides meet, if one of them moves with the clock: both are linear in it.
fn meeting(scene: &Scene<'_>, a: &Expr, b: &Expr) -> Vec<i64> {
    let gap = |now: i64| {
        let mut scene = scene.clone();
        scene.now = now;
        let (a, b) = (scene.eval(a).ok()?, scene.eval(b).ok()?);
        match (&a, &b) {
            (Value::Time(_) | Value::Duration(_), Value::Time(_) | Value::Duration(_)) => {
                Some(whole(&a)? - whole(&b)?)
            }
            _ => None,
        }
    };
    if spans(scene, a) || spans(scene, b) {
        return turning(scene, &gap);
    }
    const HOUR: i64 = 3_600_000;
    let (Some(here), Some(there)) = (gap(scene.now), gap(scene.now + HOUR)) else {
        return Vec::new();
    };
    if there - here == HOUR {
        vec![scene.now - here, scene.now - here + 1]
    } else if here - there == HOUR {
        vec![scene.now + here, scene.now + here + 1]
    } else {
        Vec::new()
    }
}

/// Months bend time: every midnight is looked at, and where in this day the sides change places.
fn turning(scene: &Scene<'_>, gap: &dyn Fn(i64) -> Option<i64>) -> Vec<i64> {
    let mut moments = midnights(scene);
    let last = moments.last().copied();
    // it may have turned just now, for one of several people
    moments.push(scene.now);
    let side = |at: i64| gap(at).map(i64::signum);
    // at midnight itself the month's end may turn it back
    let (mut same, mut other) = (scene.now, last.map_or(scene.now, |next| next - 1));
    let here = side(same);
    if side(other) == here {
        return moments;
    }
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if side(middle) == here {
            same = middle;
        } else {
            other = middle;
        }
    }
    moments.extend([other, other + 1]);
    moments
}

fn spans(scene: &Scene<'_>, e: &Expr) -> bool {
    let mut found = *e.ty.known() == Type::Span;
    children(scene, e, &mut |child| found |= spans(scene, child));
    found
}

fn reads_clock(scene: &Scene<'_>, e: &Expr) -> bool {
    let here = matches!(
        e.kind,
        ExprKind::Now | ExprKind::Today | ExprKind::YearsSince(_)
    );
    let mut found = here;
    children(scene, e, &mut |child| found |= reads_clock(scene, child));
    found
}

fn reads_days(scene: &Scene<'_>, e: &Expr) -> bool {
    let mut found = matches!(e.kind, ExprKind::Today | ExprKind::YearsSince(_));
    children(scene, e, &mut |child| found |= reads_days(scene, child));
    found
}

/// The expressions inside an expression; of a computed field and a function, their bodies.
fn children(scene: &Scene<'_>, e: &Expr, each: &mut dyn FnMut(&Expr)) {
    match &e.kind {
        ExprKind::Computed(number) => {
            if let Some(computed) = scene.program.profile.lets.get(*number as usize) {
                each(&computed.value);
            }
        }
        ExprKind::Call(function, args) => {
            args.iter().for_each(&mut *each);
            if let Some(function) = scene.program.functions.get(*function as usize) {
                each(&function.body);
            }
        }
        ExprKind::Field(a, _)
        | ExprKind::Not(a)
        | ExprKind::Neg(a)
        | ExprKind::Known(a)
        | ExprKind::Narrow(a)
        | ExprKind::Some(a)
        | ExprKind::Widen(a)
        | ExprKind::Matches(a, _)
        | ExprKind::Logistic(a)
        | ExprKind::Escape(a)
        | ExprKind::YearsSince(a) => each(a),
        ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::Arith(_, a, b)
        | ExprKind::Else(a, b)
        | ExprKind::Contains(a, b)
        | ExprKind::StartsWith(a, b)
        | ExprKind::EndsWith(a, b)
        | ExprKind::DateAt(a, b) => [a, b].into_iter().for_each(|x| each(x)),
        ExprKind::Between(a, b, c) | ExprKind::If(a, b, c) => {
            [a, b, c].into_iter().for_each(|x| each(x));
        }
        ExprKind::In(a, items) => {
            each(a);
            items.iter().for_each(each);
        }
        ExprKind::Match(a, arms) => {
            each(a);
            arms.iter().for_each(|(_, e)| each(e));
        }
        ExprKind::ListQuery(query) => {
            each(&query.list);
            query.filter.iter().chain(query.value.iter()).for_each(each);
        }
        ExprKind::Join(join) => [&join.list, &join.body].into_iter().for_each(each),
        ExprKind::Concat(pieces) => pieces.iter().filter_map(piece).for_each(each),
        ExprKind::List(items)
        | ExprKind::Trees(_, items)
        | ExprKind::Record(_, items)
        | ExprKind::Least(items)
        | ExprKind::Greatest(items) => items.iter().for_each(each),
        ExprKind::Value(_)
        | ExprKind::Profile(_)
        | ExprKind::Event
        | ExprKind::Entry
        | ExprKind::Local(_)
        | ExprKind::Consent(..)
        | ExprKind::Muted(_)
        | ExprKind::InAudience(_)
        | ExprKind::History(_)
        | ExprKind::Learned(..)
        | ExprKind::Now
        | ExprKind::Today => {}
    }
}

fn piece(piece: &Piece) -> Option<&Expr> {
    match piece {
        Piece::Text(_) => None,
        Piece::Value(e) | Piece::Format(e, _) => Some(e),
    }
}
