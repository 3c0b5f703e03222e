//! Calls: functions of the program, records by name, `least`, `greatest`, `format`.

use super::coerce::plain;
use super::compare::ordered;
use super::suggest::nearest;
use super::words::{dotted, type_name};
use super::{Checker, Meaning, Problem};
use crate::hir::{self, ExprKind as Hir, Local};
use crate::world::Entity;
use journey_grammar::tree::{Arg, Expr, Name, Span};
use journey_program::types::{RecordId, Type, Value};

const BUILTIN: [&str; 5] = ["least", "greatest", "format", "logistic", "reveal"];

impl Checker<'_> {
    pub(crate) fn call(
        &mut self,
        path: &[Name],
        args: &[Arg],
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let [name] = path else {
            return self.unknown_callee(path, args, span);
        };
        let own = BUILTIN.contains(&name.text.as_str());
        if own {
            self.means(name, Meaning::BuiltIn);
        } else if self.world.names.contains_key(&name.text) {
            self.means(name, Meaning::Declared);
        }
        match name.text.as_str() {
            "" => return self.failed_call(args, span),
            "least" => return self.extreme(true, args, span, expected),
            "greatest" => return self.extreme(false, args, span, expected),
            "format" => return self.format(args, span),
            "logistic" => return self.logistic(args, span),
            "reveal" => return self.reveal(args, span, expected),
            _ => {}
        }
        match self.world.names.get(&name.text) {
            Some(Entity::Function(id)) => self.function(*id, args, span),
            Some(Entity::Record(id)) => self.record(*id, args, span),
            Some(Entity::Learned(id)) => self.learned(*id, name, args, span),
            Some(Entity::Opaque) => self.failed_call(args, span),
            Some(entity) => {
                let entity = *entity;
                self.report_not_a_value(entity, name);
                self.failed_call(args, span)
            }
            None => self.unknown_callee(path, args, span),
        }
    }

    /// `reveal(x)`: x, which may be seen outside though it is personal.
    fn reveal(&mut self, args: &[Arg], span: Span, expected: Option<&Type>) -> hir::Expr {
        let [arg] = args else {
            let message = "`reveal` takes the one value that may be seen";
            self.report(
                Problem::new("missing-argument", span, message).help("write `reveal(first_name)`"),
            );
            return self.failed_call(args, span);
        };
        let mut value = self.infer(&arg.value, expected);
        value.node = self.node(span);
        self.revealed.insert(value.node);
        value
    }

    /// The arguments are checked all the same.
    pub(crate) fn failed_call(&mut self, args: &[Arg], span: Span) -> hir::Expr {
        for arg in args {
            self.infer(&arg.value, Some(&Type::Error));
        }
        self.failed(span)
    }

    fn unknown_callee(&mut self, path: &[Name], args: &[Arg], span: Span) -> hir::Expr {
        if path.iter().any(Name::is_missing) {
            return self.failed_call(args, span);
        }
        let words = dotted(path);
        let at = path.iter().map(|n| n.span).reduce(Span::to).unwrap_or(span);
        let callable = self.world.near(&words).filter_map(|(name, entity)| {
            matches!(entity, Entity::Function(_) | Entity::Record(_)).then_some(name)
        });
        let problem = Problem::new(
            "unknown-name",
            at,
            format!("there is no function `{words}`"),
        );
        let problem = match nearest(&words, callable.chain(BUILTIN)) {
            Some(near) => super::name::did_you_mean(problem, at, near),
            None => problem,
        };
        self.report(problem);
        self.failed_call(args, span)
    }

    fn function(&mut self, id: u32, args: &[Arg], span: Span) -> hir::Expr {
        let Some(sig) = usize::try_from(id)
            .ok()
            .and_then(|i| self.world.functions.get(i))
        else {
            return self.failed_call(args, span);
        };
        let ty = plain(&sig.result);
        match self.arguments(&sig.name, &sig.params, args, span) {
            Some(values) if ty != Type::Error => self.make(span, ty, Hir::Call(id, values)),
            _ => self.failed_as(span, ty),
        }
    }

    /// One value for each parameter, by place or by name; None after a report. Also for messages.
    pub fn arguments(
        &mut self,
        callee: &str,
        params: &[Local],
        args: &[Arg],
        span: Span,
    ) -> Option<Vec<hir::Expr>> {
        let mut values: Vec<Option<hir::Expr>> = vec![None; params.len()];
        let mut failed = false;
        for (place, arg) in args.iter().enumerate() {
            let target = match &arg.name {
                Some(name) => params.iter().position(|p| p.name == name.text),
                None => Some(place).filter(|i| *i < params.len()),
            };
            let Some((target, param)) = target.and_then(|i| Some((i, params.get(i)?))) else {
                self.report_argument(callee, params, arg);
                self.infer(&arg.value, Some(&Type::Error));
                failed = true;
                continue;
            };
            let value = self.argument(&arg.value, &param.ty);
            failed |= value.ty == Type::Error;
            if values.get(target).is_some_and(Option::is_some) {
                let message = format!("`{}` is given twice", param.name);
                let at = arg.name.as_ref().map_or(arg.value.span, |n| n.span);
                self.report(Problem::new("wrong-arguments", at, message));
                failed = true;
            } else if let Some(slot) = values.get_mut(target) {
                *slot = Some(value);
            }
        }
        if failed {
            return None;
        }
        let absent: Vec<&str> = params
            .iter()
            .zip(&values)
            .filter(|(_, value)| value.is_none())
            .map(|(param, _)| param.name.as_str())
            .collect();
        if !absent.is_empty() {
            let absent = super::noname::listed(absent.into_iter());
            let message = format!("`{callee}` also takes {absent}");
            self.report(Problem::new("missing-argument", span, message));
            return None;
        }
        values.into_iter().collect()
    }

    fn argument(&mut self, e: &Expr, ty: &Type) -> hir::Expr {
        let value = self.infer(e, Some(ty));
        self.fit(e, value, ty, None)
    }

    fn report_argument(&mut self, callee: &str, params: &[Local], arg: &Arg) {
        let Some(name) = &arg.name else {
            let most = match params.len() {
                0 => "no arguments".to_owned(),
                1 => "one argument".to_owned(),
                n => format!("{n} arguments"),
            };
            let message = format!("`{callee}` takes {most}");
            self.report(Problem::new("wrong-arguments", arg.value.span, message));
            return;
        };
        if name.is_missing() {
            return;
        }
        let names: Vec<&str> = params.iter().map(|p| p.name.as_str()).collect();
        let message = format!("`{callee}` has no parameter `{}`", name.text);
        let problem = Problem::new("wrong-arguments", name.span, message);
        let problem = match nearest(&name.text, names.iter().copied()) {
            Some(near) => super::name::did_you_mean(problem, name.span, near),
            None if names.is_empty() => problem,
            None => problem.help(format!(
                "it takes {}",
                super::noname::listed(names.into_iter())
            )),
        };
        self.report(problem);
    }

    /// `line_item(sku: a, price: b)`
    fn record(&mut self, id: RecordId, args: &[Arg], span: Span) -> hir::Expr {
        let Some(def) = self.world.records.get(id.index()) else {
            return self.failed_call(args, span);
        };
        let ty = Type::Record(id);
        let mut values: Vec<Option<hir::Expr>> = vec![None; def.fields.len()];
        let mut failed = false;
        for arg in args {
            let Some(name) = &arg.name else {
                let message = format!("`{}` is made with names: `field: value`", def.name);
                self.report(Problem::new("wrong-arguments", arg.value.span, message));
                failed = true;
                continue;
            };
            let field = def.fields.iter().position(|f| f.name == name.text);
            let Some((i, field)) = field.and_then(|i| Some((i, def.fields.get(i)?))) else {
                if !name.is_missing() {
                    self.report_no_field(id, name);
                }
                self.infer(&arg.value, Some(&Type::Error));
                failed = true;
                continue;
            };
            let value = self.argument(&arg.value, &field.ty);
            failed |= value.ty == Type::Error;
            if values.get(i).is_some_and(Option::is_some) {
                let message = format!("`{}` is given twice", name.text);
                self.report(Problem::new("wrong-arguments", name.span, message));
                failed = true;
            } else if let Some(slot) = values.get_mut(i) {
                *slot = Some(value);
            }
        }
        if failed {
            return self.failed_as(span, ty);
        }
        match self.complete(id, values, span) {
            Some(fields) => self.built(id, fields, span),
            None => self.failed_as(span, ty),
        }
    }

    /// What is left out takes its default, or is unknown where that may be.
    fn complete(
        &mut self,
        id: RecordId,
        values: Vec<Option<hir::Expr>>,
        span: Span,
    ) -> Option<Vec<hir::Expr>> {
        let def = self.world.records.get(id.index())?;
        let mut fields = Vec::with_capacity(values.len());
        let mut absent = Vec::new();
        for (field, value) in def.fields.iter().zip(values) {
            match (value, &field.default) {
                (Some(value), _) => fields.push(value),
                (None, Some(default)) => {
                    let value = self.constant_value(span, plain(&field.ty), default.clone());
                    fields.push(value);
                }
                (None, None) if field.ty.is_optional() => {
                    fields.push(self.constant_value(span, plain(&field.ty), Value::Unknown));
                }
                (None, None) if field.ty == Type::Error => return None,
                (None, None) => absent.push(field.name.as_str()),
            }
        }
        if absent.is_empty() {
            return Some(fields);
        }
        let absent = super::noname::listed(absent.into_iter());
        let message = format!("`{}` also takes {absent}", def.name);
        self.report(Problem::new("missing-argument", span, message));
        None
    }

    fn built(&mut self, id: RecordId, fields: Vec<hir::Expr>, span: Span) -> hir::Expr {
        let ty = Type::Record(id);
        let constants: Option<Vec<Value>> = fields.iter().map(super::expr::constant_of).collect();
        match constants {
            Some(values) => self.constant_value(span, ty, Value::Record(id, values)),
            None => self.make(span, ty, Hir::Record(id, fields)),
        }
    }

    /// `least(a, b)`, `greatest(a, b)`
    fn extreme(
        &mut self,
        least: bool,
        args: &[Arg],
        span: Span,
        expected: Option<&Type>,
    ) -> hir::Expr {
        let word = if least { "least" } else { "greatest" };
        if args.is_empty() {
            self.report(Problem::new(
                "missing-argument",
                span,
                format!("`{word}` takes values"),
            ));
            return self.failed(span);
        }
        let mut hint = expected.map(|t| plain(t.known()));
        let mut ty: Option<Type> = None;
        let mut checked = Vec::with_capacity(args.len());
        for arg in args {
            if let Some(name) = &arg.name {
                let message = format!("`{word}` has no parameter `{}`", name.text);
                self.report(Problem::new("wrong-arguments", name.span, message));
            }
            let value = self.infer(&arg.value, hint.as_ref());
            let value = self.need_known(&arg.value, value, None);
            let joined = ty
                .as_ref()
                .map_or_else(|| Some(value.ty.clone()), |ty| self.join(ty, &value.ty));
            let Some(joined) = joined else {
                let due = ty.unwrap_or(Type::Error);
                self.report_mismatch(Some(&arg.value), &value.ty, &due, arg.value.span);
                return self.failed(span);
            };
            hint = hint.or_else(|| Some(joined.clone()));
            ty = Some(joined);
            checked.push(value);
        }
        let ty = ty.unwrap_or(Type::Error);
        if checked.iter().any(|v| v.ty == Type::Error) {
            return self.failed_as(span, ty);
        }
        if !ordered(&ty) {
            let found = type_name(self.world, &ty);
            let message = format!("values of `{found}` can't be ordered");
            self.report(Problem::new("compare-mismatch", span, message));
            return self.failed(span);
        }
        let mut values = Vec::with_capacity(checked.len());
        for (arg, value) in args.iter().zip(checked) {
            values.push(self.fit(&arg.value, value, &ty, None));
        }
        self.folded_extreme(least, ty, values, span)
    }

    fn folded_extreme(
        &mut self,
        least: bool,
        ty: Type,
        values: Vec<hir::Expr>,
        span: Span,
    ) -> hir::Expr {
        let constants: Option<Vec<Value>> = values.iter().map(super::expr::constant_of).collect();
        let best = constants.and_then(|all| {
            all.into_iter().reduce(|a, b| {
                let smaller = super::fold::order(&b, &a).is_some_and(std::cmp::Ordering::is_lt);
                if smaller == least { b } else { a }
            })
        });
        match best {
            Some(value) => self.constant_value(span, ty, value),
            None if least => self.make(span, ty, Hir::Least(values)),
            None => self.make(span, ty, Hir::Greatest(values)),
        }
    }
}
