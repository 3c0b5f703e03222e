//! What a program reads from files beside it: tables by their keys, models as other libraries write them.

use super::{Gen, TIERS, Ty};

/// Columns of the table of goods, all but its key.
fn columns() -> [(&'static str, Ty); 4] {
    [
        ("price", Ty::Eur),
        ("rank", Ty::Tier.opt()),
        ("weight", Ty::Num.opt()),
        ("gift", Ty::Bool),
    ]
}

impl Gen {
    /// Two tables with their files: one by text, one by number.
    pub(super) fn tables(&mut self) -> String {
        self.mark("table");
        let mut rows = String::from("weight,sku,gift,unread,rank,price\n");
        for sku in ["a", "b", "k1", "\"é z\""] {
            if self.rng.chance(70) {
                let weight = self.rng.pick(&["", "0.5", "2", "-1.25"]);
                let gift = self.rng.pick(&["true", "false"]);
                let rank = if self.rng.chance(30) {
                    ""
                } else {
                    self.rng.pick(&TIERS)
                };
                let price = self.rng.pick(&["1", "19.99", "0", "500.5"]);
                rows += &format!("{weight},{sku},{gift},\"x, y\",{rank},{price}\n");
            }
        }
        self.files.push(("goods.csv", rows));
        let mut rows = String::from("level,gain\n");
        for level in [0, 1, 2, 7, -3] {
            if self.rng.chance(70) {
                let gain = self.rng.below(9);
                rows += &format!("{level},{gain}\n");
            }
        }
        self.files.push(("levels.csv", rows));
        "table goods key sku {\n    sku: text\n    price: money<EUR>\n    rank: tier?\n    \
         weight: number?\n    gift: bool\n} from \"goods.csv\"\n\
         table levels key level { level: int, gain: int } from \"levels.csv\"\n"
            .to_owned()
    }

    /// A cell of a table, unknown where it has no such row.
    pub(super) fn cell(&mut self, of: &Ty, depth: usize) -> Option<String> {
        if *of == Ty::Int {
            self.mark("cell by a number");
            return Some(format!("levels({}).gain", self.expr(&Ty::Int, depth)));
        }
        let wanted = |ty: &Ty| ty == of || *ty == of.clone().opt();
        let (name, _) = columns().into_iter().find(|(_, ty)| wanted(ty))?;
        self.mark("cell by a text");
        let key = if self.rng.chance(50) {
            self.atom(&Ty::Text)
        } else {
            self.literal(&Ty::Text)
        };
        Some(format!("goods({key}).{name}"))
    }

    /// Models: a formula, trees in single and in double precision, all over fields of the profile.
    pub(super) fn models(&mut self) -> String {
        self.mark("model from a file");
        let single = self.single();
        self.files.push(("single.json", single));
        let double = self.double();
        self.files.push(("double.json", double));
        let fields: Vec<String> = self
            .world
            .profile
            .iter()
            .filter(|(_, ty)| matches!(ty, Ty::Num | Ty::Int))
            .map(|(name, _)| name.clone())
            .collect();
        let maybe = self.world.profile.iter();
        let maybe = maybe.filter(|(_, ty)| *ty == Ty::Num.opt() || *ty == Ty::Int.opt());
        let read: Vec<String> = maybe.map(|(n, _)| n.clone()).chain(fields).collect();
        let read = if read.is_empty() {
            vec!["0.5".to_owned()]
        } else {
            read
        };
        let inputs = format!(
            "{{ f0: {}, f1: {} }}",
            self.rng.pick(&read),
            self.rng.pick(&read)
        );
        let (slope, number) = (self.literal(&Ty::Num), self.rng.pick(&read));
        for name in ["m_single", "m_double", "m_formula"] {
            self.world.models.push((name.to_owned(), Ty::Num));
        }
        format!(
            "model m_single -> number in 0..1 from \"single.json\" {inputs}\n\
             model m_double -> number in 0..1 from \"double.json\" {inputs}\n\
             model m_formula -> number in 0..1 = logistic({slope} * ({number} ?? 2) - 0.5)\n"
        )
    }

    /// As XGBoost writes it: columns of numbers, a leaf where the child is -1.
    fn single(&mut self) -> String {
        let trees: Vec<String> = (0..1 + self.rng.below(3))
            .map(|_| {
                let tree = [(); 3].map(|()| self.number());
                let leaves = [(); 2].map(|()| self.number());
                let (a, b) = (self.rng.below(2), self.rng.below(2));
                let (left, right) = (self.rng.below(2), self.rng.below(2));
                format!(
                    "{{\"left_children\":[1,3,-1,-1,-1],\"right_children\":[2,4,-1,-1,-1],\
                     \"split_conditions\":[{},{},{},{},{}],\"split_indices\":[{a},{b},0,0,0],\
                     \"split_type\":[0,0,0,0,0],\"default_left\":[{left},{right},0,0,0]}}",
                    tree[0], tree[1], tree[2], leaves[0], leaves[1]
                )
            })
            .collect();
        let trees = trees.join(",");
        format!(
            "{{\"learner\":{{\"feature_names\":[\"f0\",\"f1\"],\"gradient_booster\":{{\"model\":\
             {{\"trees\":[{trees}]}},\"name\":\"gbtree\"}},\"learner_model_param\":{{\"base_score\":\
             \"[2.5E-1]\",\"num_class\":\"0\",\"num_feature\":\"2\",\"num_target\":\"1\"}},\
             \"objective\":{{\"name\":\"binary:logistic\"}}}}}}"
        )
    }

    /// As LightGBM writes it: trees in each other.
    fn double(&mut self) -> String {
        let trees: Vec<String> = (0..1 + self.rng.below(3))
            .map(|_| format!("{{\"tree_structure\":{}}}", self.node(2)))
            .collect();
        format!(
            "{{\"name\":\"tree\",\"num_class\":1,\"num_tree_per_iteration\":1,\"objective\":\
             \"binary sigmoid:1\",\"feature_names\":[\"f0\",\"f1\"],\"tree_info\":[{}]}}",
            trees.join(",")
        )
    }

    fn node(&mut self, depth: usize) -> String {
        let value = self.number();
        if depth == 0 || self.rng.chance(25) {
            return format!("{{\"leaf_value\":{value}}}");
        }
        let feature = self.rng.below(2);
        let missing = self.rng.pick(&["None", "NaN", "Zero"]);
        let left = self.rng.chance(50);
        let (less, more) = (self.node(depth - 1), self.node(depth - 1));
        format!(
            "{{\"split_feature\":{feature},\"threshold\":{value},\"decision_type\":\"<=\",\
             \"default_left\":{left},\"missing_type\":\"{missing}\",\"left_child\":{less},\
             \"right_child\":{more}}}"
        )
    }

    fn number(&mut self) -> &'static str {
        self.rng
            .pick(&["0.5", "-0.25", "0.1", "1.75", "0", "-3", "7.3", "100.125"])
    }
}
