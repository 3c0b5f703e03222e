//! The tables of conversions and measures.

use super::{Offer, Tables};
use crate::ir::Ty;
use crate::plan::{ConversionPlan, Credited, Loyalty, MeasurePlan};

impl Tables<'_, '_> {
    pub(super) fn measures(&mut self) {
        let program = self.program;
        for conversion in &program.conversions {
            self.at(format!("conversion {}", conversion.name));
            self.conversion(conversion);
        }
        for measure in &program.measures {
            self.at(format!("measure {}", measure.name));
            self.measure(measure);
        }
    }

    fn conversion(&mut self, conversion: &ConversionPlan) {
        let program = self.program;
        let event = self.event(conversion.event);
        let about = Offer {
            event,
            instance: None,
        };
        self.predicate(conversion.when, about);
        let worth = if conversion.money.is_some() {
            Ty::Int
        } else {
            Ty::Num
        };
        if let Some(value) = conversion.value {
            self.role(value, &[], &[worth], about);
        }
        for credit in &conversion.credits {
            if credit.within <= 0 {
                self.wrong("nothing comes before a conversion");
            }
            match credit.what {
                Credited::Sends(Some(channel)) => {
                    self.index("channel", channel.0, program.channels.len());
                }
                Credited::Offers(Some(decision)) => {
                    self.index("decision", decision.0, program.decisions.len());
                }
                Credited::Event(event, field) => {
                    let record = self.event(event);
                    let record = record.and_then(|id| program.records.get(id.index()));
                    if let (Some(field), Some(record)) = (field, record) {
                        self.index("field", field, record.fields.len());
                    }
                }
                Credited::Sends(None) | Credited::Offers(None) => {}
            }
        }
    }

    fn measure(&mut self, measure: &MeasurePlan) {
        let program = self.program;
        if let Some(purchase) = measure.purchase {
            self.index("conversion", purchase, program.conversions.len());
        }
        match measure.loyalty {
            Some(Loyalty::Field(field)) => {
                let record = program.records.get(program.profile.record.index());
                let fields = record.map_or(0, |record| record.fields.len());
                self.index("field", field, fields);
            }
            Some(Loyalty::Audience(audience)) => {
                self.index("audience", audience.0, program.audiences.len());
            }
            None => {}
        }
        for one in &measure.advocacy {
            let event = self.event(one.event);
            let about = Offer {
                event,
                instance: None,
            };
            self.predicate(one.when, about);
        }
    }
}
