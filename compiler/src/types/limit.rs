//! Limits and holdouts, of a channel and of the whole program: the most messages that a person gets.

use super::decl::{Piece, of_2_64};
use super::{Checker, Problem};
use crate::diagnostics::words;
use crate::hir::{Limit, TagHoldout};
use journey_grammar::tree::{HoldoutDecl, LimitDecl, LimitWindow as Window, Name};
use journey_program::plan::LimitWindow;
use journey_program::types::{ChannelId, Type};

impl Checker<'_> {
    pub(crate) fn limit_decl(&mut self, decl: &LimitDecl) -> Piece {
        match self.limit(decl, None) {
            Some(limit) => Piece::Limit(limit),
            None => Piece::Nothing,
        }
    }

    pub(crate) fn holdout_decl(&mut self, decl: &HoldoutDecl) -> Piece {
        let share = self.share(&decl.share);
        let salt = decl.salt.as_ref().and_then(|salt| self.constant_text(salt));
        let tags = self.tags(&decl.tags);
        let Some(share) = share else {
            return Piece::Nothing;
        };
        Piece::Holdout(TagHoldout {
            name: decl.name.text.clone(),
            below: of_2_64(share),
            salt: salt.unwrap_or_else(|| decl.name.text.clone()),
            tags,
        })
    }

    /// Tags that a message bears: one that none bears would count nothing, in silence.
    pub(crate) fn tags(&mut self, names: &[Name]) -> Vec<u32> {
        let mut tags = Vec::new();
        for name in names.iter().filter(|name| !name.is_missing()) {
            let place = self.world.tags.iter().position(|tag| *tag == name.text);
            match place.and_then(|place| u32::try_from(place).ok()) {
                Some(tag) => tags.push(tag),
                None => {
                    let world = self.world;
                    let known = world.tags.iter().map(String::as_str);
                    self.report(words::unknown_name(name, "tag of a message", known));
                }
            }
        }
        self.unique_names(names, "tag");
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// A limit; `own`: of this channel.
    pub(crate) fn limit(
        &mut self,
        limit: &LimitDecl,
        own: Option<(ChannelId, Option<String>)>,
    ) -> Option<Limit> {
        let count = self.count(&limit.count, 1);
        let purposes = self.purposes(&limit.purposes);
        let tags = self.tags(&limit.tags);
        let window = self.limit_window(&limit.window);
        let per = limit.per.as_ref().and_then(|field| self.limit_field(field));
        if let Some(field) = limit.per.as_ref().filter(|_| !limit.overall) {
            let message = "`per` a field counts over all people";
            self.report(Problem::new("missing-part", field.span, message).help(
                "say `overall` behind it, or leave it out: a limit without it is each person's own",
            ));
        }
        let (channels, zone) =
            match own {
                Some((channel, zone)) => {
                    if let Some(first) = limit.across.first() {
                        let message = "a channel's own limit counts its own sends";
                        self.report(Problem::new("misplaced", first.span, message).help(
                            "declare it by itself: `limit NAME 5 per 7 days across email, sms`",
                        ));
                    }
                    (vec![channel], zone)
                }
                None => (self.across(&limit.across), None),
            };
        Some(Limit {
            count: count?,
            window: window?,
            channels,
            purposes,
            tags,
            overall: limit.overall,
            per,
            zone,
            wait: limit.wait,
        })
    }

    fn across(&mut self, names: &[Name]) -> Vec<ChannelId> {
        self.unique_names(names, "channel");
        names.iter().filter_map(|name| self.channel(name)).collect()
    }

    fn limit_window(&mut self, window: &Window) -> Option<LimitWindow> {
        match window {
            Window::Rolling(duration) => {
                let ms = self.duration_ms(duration)?;
                if ms <= 0 {
                    let message = "a limit's window is longer than nothing";
                    self.report(Problem::new("out-of-range", duration.span, message));
                }
                Some(LimitWindow::Rolling(ms))
            }
            Window::Calendar(unit) => match unit.text.as_str() {
                "day" => Some(LimitWindow::Day),
                "week" => Some(LimitWindow::Week),
                "month" => Some(LimitWindow::Month),
                "" => None,
                _ => {
                    let known = ["day", "week", "month"];
                    self.report(words::unknown_name(unit, "calendar window", known));
                    None
                }
            },
        }
    }

    /// The profile's field by whose values people are counted apart.
    fn limit_field(&mut self, name: &Name) -> Option<u32> {
        if name.is_missing() {
            return None;
        }
        let world = self.world;
        let fields = &world.profile_fields().fields;
        let Some(at) = fields.iter().position(|field| field.name == name.text) else {
            let known = fields.iter().map(|field| field.name.as_str());
            self.report(words::unknown_name(name, "field of the profile", known));
            return None;
        };
        let ty = fields.get(at).map(|field| field.ty.known());
        if matches!(ty, Some(Type::Record(_) | Type::List(_))) {
            let message = format!("people can't be told apart by `{}`", name.text);
            self.report(
                Problem::new("type-mismatch", name.span, message)
                    .help("name a field that holds one value, such as a text or an enum"),
            );
            return None;
        }
        u32::try_from(at).ok()
    }
}
