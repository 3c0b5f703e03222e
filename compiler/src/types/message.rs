//! Messages: what is said, for which purpose, on each channel that they can go by.

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::hir::{Body, DeclId, Message};
use journey_grammar::tree::{MessageDecl, Name};
use journey_program::types::{PurposeId, Type};

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
            let names: Vec<Name> = body.fields.iter().map(|field| field.name.clone()).collect();
            self.unique_names(&names, "field");
            let fields = body.fields.iter().map(|field| {
                (
                    field.name.text.clone(),
                    self.expr_as(&field.value, &Type::Text),
                )
            });
            let fields = fields.collect();
            if let Some(channel) = channel {
                bodies.push(Body { channel, fields });
            }
        }
        if decl.bodies.is_empty() && !decl.name.is_missing() && decl.later.is_empty() {
            let message = format!("the message `{}` says nothing", decl.name.text);
            self.report(
                Problem::new("missing-part", decl.name.span, message).help(
                    "give it a body for each channel: `email { subject: \"…\" body: \"…\" }`",
                ),
            );
        }
        self.later(&decl.later);
        Piece::Message(Message {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            locals: self.locals.clone(),
            params,
            purpose: purpose.unwrap_or(PurposeId(0)),
            bodies,
        })
    }
}
