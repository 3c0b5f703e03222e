//! Messages: what is said, for which purpose, on each channel that they can go by.

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{Body, DeclId, Expr, ExprKind, Message, OutcomeDef, Piece as TextPiece};
use journey_grammar::tree::{BodyDecl, MessageDecl, Name};
use journey_program::plan::AnswerWithin;
use journey_program::types::{ChannelId, PurposeId, Type, Value};

impl Checker<'_> {
    pub(crate) fn message_decl(&mut self, decl: &MessageDecl) -> Piece {
        self.place = Place::Message;
        let names: Vec<Name> = decl.params.iter().map(|param| param.name.clone()).collect();
        self.unique_names(&names, "parameter");
        for param in &decl.params {
            let ty = self.type_ref(&param.ty);
            self.declare(&param.name.text, ty);
        }
        let params = u32::try_from(self.locals.len()).unwrap_or(u32::MAX);
        let purpose = match &decl.purpose {
            Some(name) => self.purpose(name),
            None => {
                if !decl.name.is_missing() {
                    let message = format!("the message `{}` says no purpose", decl.name.text);
                    self.report(
                        Problem::new("missing-part", decl.name.span, message)
                            .help("say what it is for: `message NAME(…) for marketing { … }`"),
                    );
                }
                None
            }
        };
        let names: Vec<Name> = decl
            .bodies
            .iter()
            .map(|body| body.channel.clone())
            .collect();
        self.unique_names(&names, "body");
        let mut bodies = Vec::new();
        for body in &decl.bodies {
            let channel = self.channel(&body.channel);
            let fields = self.body(body, channel);
            if let Some(channel) = channel {
                bodies.push(Body { channel, fields });
            }
        }
        if decl.bodies.is_empty() && !decl.name.is_missing() {
            let message = format!("the message `{}` says nothing", decl.name.text);
            self.report(
                Problem::new("missing-part", decl.name.span, message).help(
                    "give it a body for each channel: `email { subject: \"…\" body: \"…\" }`",
                ),
            );
        }
        let tags = self.tags(&decl.tags);
        let (answers, answer_within) = self.own_answers_decl(decl);
        self.once(decl.expires.iter().map(|e| e.span), "expires");
        let expires = decl.expires.first().and_then(|e| self.expires(e));
        Piece::Message(Message {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            locals: self.locals.clone(),
            params,
            purpose: purpose.unwrap_or(PurposeId(0)),
            tags,
            expires,
            answers,
            answer_within,
            bodies,
        })
    }

    /// `answer glad, sad { why: text } within 7 days`
    fn own_answers_decl(&mut self, decl: &MessageDecl) -> (Vec<OutcomeDef>, Option<AnswerWithin>) {
        self.once(decl.answers.iter().map(|a| a.span), "answer");
        let Some(answers) = decl.answers.first() else {
            return (Vec::new(), None);
        };
        self.outcome_fields(&answers.answers);
        let within = self.answer_within(&decl.answers, false);
        let sig = self.world.messages.iter();
        let mut sig = sig.filter(|sig| sig.name == decl.name.text);
        let own = sig.next().map_or_else(Vec::new, |sig| sig.answers.clone());
        (own, within)
    }

    /// How long after its step was reached a message is stale.
    fn expires(&mut self, after: &journey_grammar::tree::Expr) -> Option<i64> {
        let ms = self.duration_ms(after)?;
        if ms <= 0 {
            let message = "a message that expires at once is never sent";
            self.report(Problem::new("out-of-range", after.span, message));
            return None;
        }
        Some(ms)
    }

    /// The fields of one body: texts, and what its channel carries, of the types that it says.
    fn body(&mut self, body: &BodyDecl, channel: Option<ChannelId>) -> Vec<(String, Expr)> {
        let names: Vec<Name> = body.fields.iter().map(|field| field.name.clone()).collect();
        self.unique_names(&names, "field");
        let carries = channel
            .and_then(|id| self.world.channels.get(id.index()))
            .map_or(&[][..], |sig| &sig.carries);
        let missing: Vec<&str> = carries
            .iter()
            .filter(|carried| !carried.ty.is_optional())
            .map(|carried| carried.name.as_str())
            .filter(|name| !names.iter().any(|given| given.text == **name))
            .collect();
        if !missing.is_empty() {
            let of = &body.channel.text;
            let message = format!(
                "a message for `{of}` also fills {}",
                words::listed(&missing)
            );
            let mut problem = Problem::new("missing-field", body.channel.span, message);
            problem
                .related
                .push((of.clone(), "the channel says what it carries".to_owned()));
            self.report(problem);
        }
        let mut fields = Vec::new();
        for field in &body.fields {
            let carried = carries.iter().find(|c| c.name == field.name.text);
            if let Some(word) = field.file {
                let value = self.template(&body.channel, &field.value, word, carried);
                fields.push((field.name.text.clone(), value));
                continue;
            }
            let value = match carried {
                Some(carried) if *carried.ty.known() != Type::Text => {
                    let value = self.expr_as(&field.value, &carried.ty);
                    self.written(value)
                }
                Some(carried) => self.expr_as(&field.value, &carried.ty),
                None => self.expr_as(&field.value, &Type::Text),
            };
            fields.push((field.name.text.clone(), value));
        }
        fields
    }

    /// A value as the text that a body holds; what is unknown stays so.
    fn written(&mut self, value: Expr) -> Expr {
        let node = value.node;
        let text = |value: Expr| Expr {
            node,
            ty: Type::Text,
            kind: ExprKind::Concat(vec![TextPiece::Value(value)]),
        };
        if !value.ty.is_optional() {
            return text(value);
        }
        let make = |ty: Type, kind: ExprKind| Expr { node, ty, kind };
        let known = make(Type::Bool, ExprKind::Known(Box::new(value.clone())));
        let plain = value.ty.known().clone();
        let there = text(make(plain, ExprKind::Narrow(Box::new(value))));
        let there = make(Type::Text.optional(), ExprKind::Some(Box::new(there)));
        let not = make(Type::Text.optional(), ExprKind::Value(Value::Unknown));
        make(
            Type::Text.optional(),
            ExprKind::If(Box::new(known), Box::new(there), Box::new(not)),
        )
    }
}
