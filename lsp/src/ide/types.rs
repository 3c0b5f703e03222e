//! The type of what a name stands for, and the declaration behind a type.

use super::Project;
use journey_compiler::check_decl;
use journey_compiler::names::index::{Symbol, owner};
use journey_compiler::names::signature_of;
use journey_compiler::program::types::{EnumId, Type};
use journey_compiler::types::type_name;
use journey_compiler::world::{Entity, World};

/// The type of a symbol, where it has one.
pub fn of_symbol(project: &Project, symbol: &Symbol) -> Option<Type> {
    let world = journey_compiler::world(&project.db, project.workspace);
    match symbol {
        Symbol::Declared(name) => of_entity(world, name),
        Symbol::Profile(name) => {
            let fields = world.profile_fields().fields.iter();
            let declared = fields.map(|field| (&field.name, &field.ty));
            let computed = world.profile.lets.iter().map(|(name, ty)| (name, ty));
            let mut all = declared.chain(computed);
            all.find(|(known, _)| *known == name)
                .map(|(_, ty)| ty.clone())
        }
        Symbol::Field(owner, name) => field(world, owner, name),
        Symbol::Value(of, _) => {
            let place = world.enums.iter().position(|def| def.name == *of)?;
            Some(Type::Enum(EnumId::new(place)))
        }
        Symbol::Param(owner, name) => param(world, owner, name),
        Symbol::Local(of, name) | Symbol::Binder(of, name, _) => local(project, of, name),
        Symbol::Outcome(of, name) => {
            let full = format!("{of}.{name}");
            let event = world.events.iter().find(|event| event.name == full)?;
            Some(Type::Record(event.record))
        }
        Symbol::Arm(..)
        | Symbol::Reason(..)
        | Symbol::Tag(_)
        | Symbol::OfferTag(_)
        | Symbol::BuiltIn(_) => None,
    }
}

fn of_entity(world: &World, name: &str) -> Option<Type> {
    let number = |at: u32| usize::try_from(at).ok();
    match world.names.get(name)? {
        Entity::Enum(id) => Some(Type::Enum(*id)),
        Entity::Record(id) => Some(Type::Record(*id)),
        Entity::Event(id) => Some(Type::Record(world.events.get(id.index())?.record)),
        Entity::Const(at) => Some(world.consts.get(number(*at)?)?.ty.clone()),
        Entity::Function(at) => Some(world.functions.get(number(*at)?)?.result.clone()),
        Entity::Audience(_) => Some(Type::Bool),
        Entity::Offer(id) => world.offer_value(*id).map(|(ty, _)| ty),
        Entity::Decision(id) => Some(world.decisions.get(id.index())?.result.clone()),
        Entity::Model(at) => {
            let field = world.profile.lets.get(number(*at)?);
            field.map(|(_, ty)| ty.clone())
        }
        Entity::Table(_)
        | Entity::Purpose(_)
        | Entity::Channel(_)
        | Entity::Message(_)
        | Entity::Journey(_)
        | Entity::Limit
        | Entity::Holdout
        | Entity::OfferType(_)
        | Entity::Group(_)
        | Entity::Learned(_)
        | Entity::Conversion(_)
        | Entity::Measure
        | Entity::Opaque => None,
    }
}

fn field(world: &World, owner: &str, name: &str) -> Option<Type> {
    if let Some(record) = world.records.iter().find(|record| record.name == owner) {
        let field = record.fields.iter().find(|field| field.name == name);
        if let Some(field) = field {
            return Some(field.ty.clone());
        }
    }
    if let Some(table) = world.tables.iter().find(|table| table.name == owner) {
        let column = table.columns.iter().find(|column| column.name == name);
        let key = Some(&table.key).filter(|key| key.name == name);
        return column
            .map(|c| c.ty.clone())
            .or(key.map(|key| key.ty.clone()));
    }
    if let Some(channel) = world.channels.iter().find(|channel| channel.name == owner) {
        let carried = channel.carries.iter().find(|field| field.name == name)?;
        return Some(carried.ty.clone());
    }
    let ty = world.offer_types.iter().find(|ty| ty.name == owner)?;
    let field = ty.fields.iter().find(|field| field.name == name)?;
    Some(field.ty.clone())
}

fn param(world: &World, owner: &str, name: &str) -> Option<Type> {
    let function = world.functions.iter().find(|sig| sig.name == owner);
    let message = world.messages.iter().find(|sig| sig.name == owner);
    let decision = world.decisions.iter().find(|sig| sig.name == owner);
    let params = function.map(|sig| &sig.params);
    let params = params.or(message.map(|sig| &sig.params));
    let params = params.or(decision.map(|sig| &sig.params));
    if let Some(params) = params {
        let param = params.iter().find(|param| param.name == name)?;
        return Some(param.ty.clone());
    }
    field(world, &format!("{owner}.start"), name)
}

/// A variable of a declaration; one name may be several variables, in branches that exclude each other.
fn local(project: &Project, of: &str, name: &str) -> Option<Type> {
    let mut all = project.all().into_iter();
    let here = all.find(|here| {
        let own = &signature_of(&project.db, here.chunk).name.text;
        owner(&here.decl.kind, own) == of
    })?;
    let checked = check_decl(&project.db, project.workspace, here.chunk);
    let local = checked.locals.iter().find(|local| local.name == name)?;
    Some(local.ty.clone())
}

/// A type as a program writes it.
pub fn written(project: &Project, ty: &Type) -> String {
    type_name(journey_compiler::world(&project.db, project.workspace), ty)
}

/// The declaration that a type names, behind `?` and `list<…>`.
pub fn declaration(project: &Project, ty: &Type) -> Option<Symbol> {
    let world = journey_compiler::world(&project.db, project.workspace);
    match ty.known() {
        Type::List(inner) => declaration(project, inner),
        Type::Enum(id) => {
            let name = &world.enums.get(id.index())?.name;
            Some(Symbol::Declared(name.clone()))
        }
        Type::Record(id) => {
            let name = &world.records.get(id.index())?.name;
            match name.rsplit_once('.') {
                Some((of, outcome)) => Some(Symbol::Outcome(of.to_owned(), outcome.to_owned())),
                None => Some(Symbol::Declared(name.clone())),
            }
        }
        Type::Offer(id) => {
            let ty = world.offer_types.iter().find(|ty| ty.id == *id)?;
            Some(Symbol::Declared(ty.name.clone()))
        }
        _ => None,
    }
}
