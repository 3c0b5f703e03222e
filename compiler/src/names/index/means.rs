//! What the check noted of a name → the symbol that it stands for.

use super::{Occurrence, Symbol, Walk};
use crate::types::{Meaning, Read};
use journey_grammar::tree::{Name, Span};
use journey_program::types::{EVENT_FIELDS, EnumId, EventId, RecordId, Type};

/// What offers have without a word, and what decisions' and sends' outcomes carry.
const OF_OFFERS: [&str; 3] = ["value", "cost", "weight"];
const OF_OUTCOMES: [&str; 2] = ["send", "offer"];

impl Walk<'_> {
    /// What a name of an expression was found to mean; the last word counts.
    pub(super) fn read(&self, name: &Name) -> Option<Symbol> {
        let reads = self.reads.get(&name.span)?.iter().rev();
        let mut reads = reads.filter(|read| !matches!(read.meaning, Meaning::Also(_)));
        self.symbol(reads.next()?, &name.text)
    }

    /// Notes a name of an expression, if the check found out what it means.
    pub(super) fn refer_read(&mut self, name: &Name) -> bool {
        let Some(symbol) = self.read(name) else {
            return false;
        };
        let also = self.reads.get(&name.span).into_iter().flatten();
        let also = also.filter_map(|read| match read.meaning {
            Meaning::Also(event) => self.outcome(event),
            _ => None,
        });
        for other in also.collect::<Vec<_>>() {
            self.link(&symbol, &other);
        }
        self.refer(name, symbol);
        true
    }

    fn symbol(&self, read: &Read, text: &str) -> Option<Symbol> {
        let built_in = || Symbol::BuiltIn(text.to_owned());
        Some(match read.meaning {
            Meaning::Declared => Symbol::Declared(text.to_owned()),
            Meaning::Local | Meaning::Binds => self.variable(text)?,
            Meaning::Profile => self.of_profile(text),
            Meaning::Field(record) => self.field_of(record, text),
            Meaning::Value(id) => self.value(id, text),
            Meaning::OfferField(id) => self.offer_field(id, text),
            Meaning::Column(table) => {
                let table = self.world.tables.get(usize::try_from(table).ok()?)?;
                Symbol::Field(table.name.clone(), text.to_owned())
            }
            Meaning::Outcome(event) | Meaning::Also(event) => self.outcome(event)?,
            Meaning::BuiltIn => built_in(),
        })
    }

    /// A field of the profile, or a model: those are computed fields too.
    fn of_profile(&self, name: &str) -> Symbol {
        use crate::world::Entity;
        let fields = &self.world.profile_fields().fields;
        let model = matches!(self.world.names.get(name), Some(Entity::Model(_)));
        if model && fields.iter().all(|field| field.name != name) {
            return Symbol::Declared(name.to_owned());
        }
        Symbol::Profile(name.to_owned())
    }

    /// A variable of this declaration: what it introduces, else the event or message whose name it bears.
    pub(super) fn variable(&self, name: &str) -> Option<Symbol> {
        let known = self.world.names.contains_key(name);
        let declared = known.then(|| Symbol::Declared(name.to_owned()));
        self.locals.get(name).cloned().or(declared)
    }

    pub(super) fn field_of(&self, record: RecordId, name: &str) -> Symbol {
        let world = self.world;
        if record == world.profile.record {
            return Symbol::Profile(name.to_owned());
        }
        let owner = world.records.get(record.index()).map(|def| &def.name);
        let owner = owner.cloned().unwrap_or_default();
        let mut decisions = world.decisions.iter();
        if let Some(decision) = decisions.find(|decision| decision.args == record) {
            return Symbol::Param(decision.name.clone(), name.to_owned());
        }
        let event = world.events.iter().find(|event| event.record == record);
        let own = |names: &[&str]| names.contains(&name);
        if event.is_some() && EVENT_FIELDS.iter().any(|(field, _)| *field == name) {
            return Symbol::BuiltIn(name.to_owned());
        }
        match event {
            Some(event) if event.name.ends_with(".start") => {
                let journey = owner.trim_end_matches(".start").to_owned();
                Symbol::Param(journey, name.to_owned())
            }
            Some(event) if event.name.contains('.') && own(&OF_OUTCOMES) => {
                Symbol::BuiltIn(name.to_owned())
            }
            Some(event) if event.name.ends_with(".sent") => Symbol::BuiltIn(name.to_owned()),
            Some(_) | None => Symbol::Field(owner, name.to_owned()),
        }
    }

    /// A field of an event, by the event's name.
    pub(super) fn event_field(&self, event: &str, name: &str) -> Symbol {
        let mut events = self.world.events.iter();
        match events.find(|sig| sig.name == event) {
            Some(sig) => self.field_of(sig.record, name),
            None => Symbol::BuiltIn(name.to_owned()),
        }
    }

    fn value(&self, id: EnumId, name: &str) -> Symbol {
        let world = self.world;
        let offers = world.any_offer == Some(id) || world.offer_types.iter().any(|t| t.id == id);
        match world.enums.get(id.index()) {
            Some(_) if offers => Symbol::Declared(name.to_owned()),
            Some(def) => Symbol::Value(def.name.clone(), name.to_owned()),
            None => Symbol::BuiltIn(name.to_owned()),
        }
    }

    fn offer_field(&self, id: EnumId, name: &str) -> Symbol {
        let types = self.world.offer_types.iter();
        let mut of_it = types.filter(|ty| ty.id == id || self.world.any_offer == Some(id));
        let found = of_it.find(|ty| ty.fields.iter().any(|field| field.name == name));
        match found {
            Some(ty) => self.of_offer_type(&ty.name, name),
            None => Symbol::BuiltIn(name.to_owned()),
        }
    }

    /// `value`, `cost` and `weight` are there without a declaration.
    pub(super) fn of_offer_type(&self, ty: &str, name: &str) -> Symbol {
        if OF_OFFERS.contains(&name) {
            return Symbol::BuiltIn(name.to_owned());
        }
        Symbol::Field(ty.to_owned(), name.to_owned())
    }

    pub(super) fn outcome(&self, event: EventId) -> Option<Symbol> {
        let event = self.world.events.get(event.index())?;
        let (owner, name) = event.name.rsplit_once('.')?;
        Some(match name {
            "sent" | "start" => Symbol::BuiltIn(name.to_owned()),
            _ => Symbol::Outcome(owner.to_owned(), name.to_owned()),
        })
    }

    /// The names in the templates that the declaration names: they stand in files of their own.
    pub(super) fn templates<'t>(&mut self, text_of: impl Fn(&str) -> Option<&'t str>) {
        for read in std::mem::take(&mut self.of_files) {
            let Some(file) = &read.file else { continue };
            let text = text_of(file).unwrap_or_default();
            let written = crate::parse::slice(text, read.span.start, read.span.end);
            let name = written.trim_matches('`');
            let bound = Symbol::Local(file.clone(), name.to_owned());
            let binds = read.meaning == Meaning::Binds;
            let symbol = match read.meaning {
                Meaning::Binds => Some(bound),
                Meaning::Local if !self.locals.contains_key(name) => Some(bound),
                _ => self.symbol(read, name),
            };
            if let Some(symbol) = symbol {
                self.names.push(Occurrence {
                    span: read.span,
                    symbol,
                    defines: binds,
                    file: Some(file.clone()),
                });
            }
        }
    }

    /// The columns of a table stand in the first row of its file, values of enums in the others. A row with quotes
    /// is passed over: what it says is looked up, not renamed.
    pub(super) fn columns(&mut self, table: &str, file: &str) {
        let world = self.world;
        let (Some(text), Some(sig)) = (
            world.data.get(file),
            world.tables.iter().find(|sig| sig.name == table),
        ) else {
            return;
        };
        let columns = sig.columns.iter().map(|column| (&column.name, &column.ty));
        let known: Vec<_> = columns.chain([(&sig.key.name, &sig.key.ty)]).collect();
        let mut head: Vec<Option<&Type>> = Vec::new();
        let mut at = 0;
        for (row, line) in text.split_inclusive('\n').enumerate() {
            let quoted = line.contains('"');
            for (place, cell) in line.split(',').enumerate() {
                let own = cell.trim();
                let start = at + cell.find(own).unwrap_or_default();
                at += cell.len() + 1;
                let symbol = if row == 0 {
                    let column = known.iter().find(|(name, _)| *name == own);
                    head.push(column.map(|(_, ty)| *ty));
                    column.map(|_| Symbol::Field(table.to_owned(), own.to_owned()))
                } else {
                    let ty = head.get(place).copied().flatten().map(Type::known);
                    self.cell(ty, own)
                };
                if let Some(symbol) = symbol.filter(|_| !quoted && !own.is_empty()) {
                    self.in_data(file, start, own.len(), symbol);
                }
            }
            at -= 1;
        }
    }

    fn cell(&self, ty: Option<&Type>, text: &str) -> Option<Symbol> {
        let Some(Type::Enum(id)) = ty else {
            return None;
        };
        let def = self.world.enums.get(id.index())?;
        let known = def.values.iter().any(|value| value == text);
        known.then(|| Symbol::Value(def.name.clone(), text.to_owned()))
    }

    fn in_data(&mut self, file: &str, start: usize, length: usize, symbol: Symbol) {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = start.saturating_add(u32::try_from(length).unwrap_or_default());
        self.names.push(Occurrence {
            span: Span::new(start, end),
            symbol,
            defines: false,
            file: Some(file.to_owned()),
        });
    }
}
