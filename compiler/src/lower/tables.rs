//! What all functions of a program share: its constant texts, regular expressions, element types, places in the
//! source, histories, and the functions made so far.

use super::history::Histories;
use super::scan;
use crate::hir::{DeclId, NodeId, Program};
use journey_program::ir::Function;
use journey_program::notes::NotePlan;
use journey_program::plan::{FunctionContext, Layout, Program as Plan, Site};
use journey_program::types::{FunctionId, SiteId, TextId, Type};
use std::collections::BTreeMap;

/// (file, byte) → (line, column), both from 1.
pub type Locate<'a> = dyn Fn(&str, u32) -> (u32, u32) + 'a;

/// Where the parts of a profile's block begin, after the declared fields.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ProfileBlock {
    pub(super) consent: u32,
    pub(super) muted: u32,
    pub(super) audiences: u32,
    pub(super) size: u32,
}

pub(super) struct Tables<'p> {
    /// functions of models from files, by forest
    pub(super) models: std::collections::BTreeMap<u32, FunctionId>,
    /// functions of computed fields whose fault makes them unknown
    pub(super) caught: std::collections::BTreeMap<u32, FunctionId>,
    pub(super) hir: &'p Program,
    locate: &'p Locate<'p>,
    pub(super) layouts: Vec<Layout>,
    pub(super) texts: Interner<String>,
    pub(super) regexes: Interner<String>,
    element_types: Vec<Type>,
    sites: Vec<Site>,
    site_numbers: BTreeMap<(DeclId, NodeId), SiteId>,
    pub(super) histories: Histories,
    pub(super) block: ProfileBlock,
    pub(super) functions: Vec<Function>,
    pub(super) contexts: Vec<FunctionContext>,
    pub(super) classes: scan::Classes,
    /// of a program that explains itself
    pub(super) notes: Option<Vec<NotePlan>>,
}

impl std::fmt::Debug for Tables<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Tables")
            .field("functions", &self.functions.len())
            .finish_non_exhaustive()
    }
}

/// Values by number, each once.
#[derive(Debug)]
pub(super) struct Interner<T> {
    pub(super) all: Vec<T>,
    numbers: BTreeMap<T, u32>,
}

impl<T: Ord + Clone> Interner<T> {
    pub(super) fn new(all: Vec<T>) -> Self {
        let mut numbers = BTreeMap::new();
        for (value, number) in all.iter().zip(0u32..) {
            numbers.entry(value.clone()).or_insert(number);
        }
        Self { all, numbers }
    }

    pub(super) fn number(&mut self, value: &T) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }
}

impl<'p> Tables<'p> {
    pub(super) fn new(hir: &'p Program, locate: &'p Locate<'p>) -> Self {
        let scan::Found {
            texts,
            layouts,
            histories,
            block,
        } = scan::scan(hir);
        Self {
            models: std::collections::BTreeMap::new(),
            caught: std::collections::BTreeMap::new(),
            hir,
            locate,
            layouts,
            texts: Interner::new(texts),
            regexes: Interner::new(hir.source_regexes.clone()),
            element_types: Vec::new(),
            sites: Vec::new(),
            site_numbers: BTreeMap::new(),
            histories,
            block,
            functions: Vec::new(),
            contexts: Vec::new(),
            classes: scan::Classes::default(),
            notes: None,
        }
    }

    /// Tables that note, with the numbers of those that have made this plan.
    pub(super) fn noting(&self, plan: &Plan) -> Self {
        Self {
            texts: Interner::new(plan.texts.clone()),
            regexes: Interner::new(plan.regexes.clone()),
            element_types: plan.element_types.clone(),
            sites: plan.sites.clone(),
            site_numbers: self.site_numbers.clone(),
            notes: Some(Vec::new()),
            ..Self::new(self.hir, self.locate)
        }
    }

    pub(super) fn text(&mut self, text: &str) -> TextId {
        TextId(self.texts.number(&text.to_owned()))
    }

    /// The number of an element type, for lists that code builds.
    pub(super) fn element_type(&mut self, ty: &Type) -> i64 {
        let place = self.element_types.iter().position(|known| known == ty);
        let place = place.unwrap_or_else(|| {
            self.element_types.push(ty.clone());
            self.element_types.len() - 1
        });
        i64::try_from(place).unwrap_or(0)
    }

    pub(super) fn site(&mut self, decl: DeclId, node: NodeId) -> SiteId {
        if let Some(site) = self.site_numbers.get(&(decl, node)) {
            return *site;
        }
        let index = usize::try_from(decl.0).unwrap_or(usize::MAX);
        let sites = self.hir.sites.get(index);
        let (file, (start, end)) = sites.map_or((String::new(), (0, 0)), |sites| {
            let node = usize::try_from(node.0).unwrap_or(usize::MAX);
            let span = sites.spans.get(node).or(sites.spans.first());
            (sites.file.clone(), span.copied().unwrap_or_default())
        });
        let (line, column) = (self.locate)(&file, start);
        let site = SiteId::new(self.sites.len());
        self.sites.push(Site {
            file,
            start,
            end,
            line,
            column,
        });
        self.site_numbers.insert((decl, node), site);
        site
    }

    pub(super) fn add(&mut self, function: Function, context: FunctionContext) -> FunctionId {
        let id = FunctionId::new(self.functions.len());
        self.functions.push(function);
        self.contexts.push(context);
        id
    }

    /// What is left for the plan: element types and sites.
    pub(super) fn take_rest(&mut self) -> (Vec<Type>, Vec<Site>) {
        (
            std::mem::take(&mut self.element_types),
            std::mem::take(&mut self.sites),
        )
    }
}
