//! The fields of a raw record that something reads. All else is checked as it passes by, and never kept.

/// A tree of names: what is wanted below each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// the value itself is read, with all that is in it
    whole: bool,
    fields: Vec<(String, Wanted)>,
}

impl Wanted {
    /// The value that lies there is read as well.
    pub fn add(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else {
            self.whole = true;
            return;
        };
        let known = self.fields.iter().position(|(name, _)| name == first);
        let place = known.unwrap_or_else(|| {
            self.fields.push((first.clone(), Wanted::default()));
            self.fields.len() - 1
        });
        if let Some((_, below)) = self.fields.get_mut(place) {
            below.add(rest);
        }
    }

    pub fn is_whole(&self) -> bool {
        self.whole
    }

    pub fn count(&self) -> usize {
        self.fields.len()
    }

    /// What is wanted of a field. None: nothing.
    pub fn field(&self, name: &str) -> Option<&Wanted> {
        let mut fields = self.fields.iter();
        fields
            .find(|(known, _)| known == name)
            .map(|(_, below)| below)
    }
}
