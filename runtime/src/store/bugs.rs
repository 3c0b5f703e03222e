//! Mistakes to make on purpose, one at a time, so that a test can see each of them found by the simulated disk.
//! Without the feature `planted-bugs` none is ever made.

use crate::outbox::bugs::Mistake;

/// Declares the mistakes: name, what goes wrong.
macro_rules! bugs {
    ($($name:ident $what:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Bug { $(#[doc = $what] $name),+ }
        impl Bug {
            pub const ALL: &'static [Bug] = &[$(Bug::$name),+];
            pub fn name(self) -> &'static str {
                match self { $(Bug::$name => stringify!($name)),+ }
            }
            /// What goes wrong, in words.
            pub fn what(self) -> &'static str {
                match self { $(Bug::$name => $what),+ }
            }
        }
    };
}

bugs! {
    AckBeforeSync "entries count as durable once they are written",
    OutputBeforeSync "actions go out before their entries are durable",
    SyncErrorIgnored "a sync that failed counts as one that did not",
    SyncRetried "a sync that failed is asked again",
    AppendErrorIgnored "a write that failed counts as one that did not",
    SumUnchecked "a frame's hash is not looked at",
    ChainUnchecked "a frame's place in the log is not looked at",
    DamagedFrameSkipped "what can't be read in the log is skipped",
    DamageIsTorn "damage in the middle of the log is cut off as if it were torn",
    TornIsDamage "a torn tail counts as damage",
    HashUnchecked "a checkpoint's hash is not looked at",
    NoFallback "a damaged checkpoint is the end, whatever there is before it",
    OneGeneration "only the newest generation is kept",
    OldDroppedEarly "the old generation is removed before the new one is durable",
    RenameBeforeSync "a checkpoint gets its name before its bytes are durable",
    NameNotSynced "a checkpoint's name is not made durable",
    LogNotNamed "a new log's name is not made durable",
    LogNotSynced "the log is not made durable before the checkpoint that ends it",
    RecoveryInPlace "recovery goes on in the files that it has read",
    TailNotCut "the same, behind what is torn",
    OutputNotCut "actions are written again behind those that were",
    OutputNotSynced "actions are not durable when a checkpoint says how many there are",
    OutputLengthEarly "a checkpoint counts actions that are not written yet",
    TailActionsLost "actions of what is replayed are not written",
    PositionBehind "an input's position is kept as it was before the group",
    PositionAhead "an input's position is one record too far",
    SeenForgotten "ids that were seen are not in the checkpoint",
    TimersForgotten "timers are not in the checkpoint",
    HeldForgotten "inputs that are held back are not in the checkpoint",
    ActionsRenumbered "the number of the next action is not in the checkpoint",
    CheckpointAhead "a checkpoint's state knows a group that it does not count",
    PendingDropped "what is not written yet is forgotten by a checkpoint",
    DeploymentNotLogged "a deployment is in the checkpoint after it alone",
    DeploymentBeforeSync "a deployment's actions go out before it is durable",
    PartNotSynced "a part is not made durable before the checkpoint that names it",
    KeysNotSynced "keys are not durable before something is written with them",
    NamesToldOnce "a name that was told in one log counts as told in the next",
    KeyKept "the key of who is erased is not destroyed",
    PartForgotten "a checkpoint does not name the part that it has written",
    PartDroppedEarly "a part goes while an older checkpoint still names it",
    ChangedForgotten "of those who were changed one is not written",
    OlderRecordKept "where parts become one, the older record of a person is taken",
    PageErrorIgnored "that a person could not be read in does not matter",
    RecordUnchecked "a record's hash is not looked at",
    ProgramNotKept "the deployed program is not in the folder when the log names it",
}

/// The mistake at hand, if any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bugs(Option<Bug>, Option<Mistake>);

impl Bugs {
    /// None without the feature.
    pub fn planted(bug: Option<Bug>) -> Self {
        Self(bug.filter(|_| cfg!(feature = "planted-bugs")), None)
    }
    /// The same of sends.
    pub fn sending(mistake: Option<Mistake>) -> Self {
        Self(None, mistake.filter(|_| cfg!(feature = "planted-bugs")))
    }
    pub(crate) fn makes(self, mistake: Mistake) -> bool {
        self.1 == Some(mistake)
    }
    pub(super) fn has(self, bug: Bug) -> bool {
        self.0 == Some(bug)
    }
}
