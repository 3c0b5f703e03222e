//! The rival: the 59 rules as an expert writes them by hand. A typed struct, enums as small integers, `&&`
//! and `==`; no allocation, no hashing. The rules are those of `data/decide/rules.txt`, one for one.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[repr(u8)]
pub enum Country {
    At,
    Au,
    Be,
    Br,
    Ca,
    Ch,
    Cz,
    De,
    Dk,
    Es,
    Fi,
    Fr,
    Gb,
    Ie,
    In,
    It,
    Jp,
    Mx,
    Nl,
    No,
    Pl,
    Pt,
    Se,
    Us,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Language {
    De,
    En,
    Es,
    Fr,
    It,
    Nl,
    Pl,
    Sv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Tier {
    None,
    Bronze,
    Silver,
    Gold,
    Platinum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Lifecycle {
    New,
    Active,
    Lapsing,
    Churned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Category {
    Auto,
    Beauty,
    Books,
    Electronics,
    Fashion,
    Garden,
    Grocery,
    Home,
    Kitchen,
    Pets,
    Sport,
    Toys,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    AddToCart,
    AppOpen,
    CheckoutAbandon,
    EmailOpen,
    PageView,
    Purchase,
    Search,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Channel {
    App,
    Email,
    Store,
    Web,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Device {
    Android,
    Desktop,
    Ios,
    Tablet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Source {
    Affiliate,
    Coupon,
    Direct,
    Google,
    Instagram,
    Newsletter,
    Tiktok,
}

/// Bits of `Profile::tags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Tag {
    B2b,
    Beta,
    Blocked,
    Cook,
    DealSeeker,
    Diy,
    Fatigued,
    Gamer,
    GiftGiver,
    Parent,
    PetOwner,
    Reviewer,
    Runner,
    Student,
    Traveller,
    Vip,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Profile {
    pub country: Country,
    pub language: Language,
    pub tier: Tier,
    pub lifecycle: Lifecycle,
    pub fav_category: Category,
    pub consent_email: bool,
    pub consent_push: bool,
    pub consent_sms: bool,
    pub age: i32,
    pub orders_90d: i32,
    pub orders_life: i32,
    pub last_open_days: i32,
    pub last_order_days: i32,
    pub sessions_30d: i32,
    pub returns_90d: i32,
    pub msgs_7d: i32,
    pub spend_90d: f64,
    pub spend_life: f64,
    pub avg_basket: f64,
    pub prop_buy: f64,
    pub prop_churn: f64,
    pub prop_upsell: f64,
    pub prop_cross: f64,
    #[serde(deserialize_with = "tag_bits")]
    pub tags: u16,
    pub caps: [u8; 30],
}

#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub channel: Channel,
    pub device: Device,
    pub category: Category,
    pub source: Source,
    pub hour: u8,
    pub dow: u8,
    pub quantity: i32,
    pub price: f64,
    pub cart_value: f64,
}

fn tag_bits<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let tags = Vec::<Tag>::deserialize(from)?;
    Ok(tags.into_iter().fold(0, |bits, tag| bits | 1 << tag as u8))
}

impl Profile {
    fn has(&self, tag: Tag) -> bool {
        self.tags & (1 << tag as u8) != 0
    }
}

/// What is decided: a bit for each audience, the best offer (255: none), the branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub audiences: u32,
    pub offer: u8,
    pub branch: u8,
}

pub fn decide(p: &Profile, e: &Event) -> Answer {
    Answer {
        audiences: audiences(p, e),
        offer: best(p, eligible(p, e)),
        branch: branch(p, e),
    }
}

#[rustfmt::skip]
fn audiences(p: &Profile, e: &Event) -> u32 {
    let mut bits = 0;
    // high_value
    bits |= u32::from(p.orders_90d >= 3 && p.spend_90d > 150.0 && matches!(p.tier, Tier::Gold |
        Tier::Platinum)) << 0;
    // vip_active
    bits |= u32::from(p.has(Tag::Vip) && p.last_open_days <= 14 && (p.spend_life > 1000.0
        || p.tier == Tier::Platinum)) << 1;
    // dach_email
    bits |= u32::from(matches!(p.country, Country::De | Country::At | Country::Ch)
        && p.consent_email && p.language == Language::De && p.age >= 18) << 2;
    // nordics
    bits |= u32::from(matches!(p.country, Country::Se | Country::No | Country::Dk | Country::Fi)
        && (p.consent_email || p.consent_push) && p.sessions_30d >= 2) << 3;
    // churn_risk
    bits |= u32::from(p.prop_churn > 0.6 && p.lifecycle != Lifecycle::Churned
        && p.last_order_days > 60 && p.orders_life >= 2) << 4;
    // winback
    bits |= u32::from(matches!(p.lifecycle, Lifecycle::Lapsing | Lifecycle::Churned)
        && p.last_order_days > 120 && p.spend_life > 200.0 && p.consent_email) << 5;
    // new_customers
    bits |= u32::from(p.lifecycle == Lifecycle::New && p.orders_life <= 1 && p.sessions_30d >= 1
        && !p.has(Tag::Blocked)) << 6;
    // cart_abandoners
    bits |= u32::from(e.kind == Kind::CheckoutAbandon && e.cart_value > 40.0 && p.consent_push
        && p.msgs_7d < 5) << 7;
    // mobile_buyers
    bits |= u32::from(matches!(e.device, Device::Ios | Device::Android) && (matches!(e.kind,
        Kind::Purchase | Kind::AddToCart) || p.orders_90d > 4) && p.age < 55) << 8;
    // gen_z
    bits |= u32::from(p.age >= 18 && p.age <= 27 && (e.channel == Channel::App
        || matches!(e.source, Source::Tiktok | Source::Instagram)) && p.prop_buy > 0.2) << 9;
    // premium_browsers
    bits |= u32::from(e.kind == Kind::PageView && e.price > 200.0 && p.avg_basket > 60.0
        && (matches!(p.tier, Tier::Silver | Tier::Gold | Tier::Platinum) || p.spend_life >
        500.0)) << 10;
    // bargain_hunters
    bits |= u32::from(p.has(Tag::DealSeeker) && p.avg_basket < 45.0 && (matches!(e.source,
        Source::Affiliate | Source::Coupon) || p.returns_90d > 1)) << 11;
    // loyal_category
    bits |= u32::from(e.category == p.fav_category && p.orders_life > 5 && p.prop_cross > 0.25)
        << 12;
    // dormant_optin
    bits |= u32::from(p.consent_email && !(p.last_open_days < 30) && p.sessions_30d == 0
        && p.lifecycle != Lifecycle::New) << 13;
    // over_mailed
    bits |= u32::from(p.msgs_7d >= 6 || p.msgs_7d >= 4 && p.last_open_days > 21
        || p.has(Tag::Fatigued) && p.msgs_7d >= 2) << 14;
    // night_owls
    bits |= u32::from((e.hour >= 22 || e.hour <= 4) && matches!(e.channel, Channel::Web |
        Channel::App) && p.sessions_30d > 5) << 15;
    // weekend_home
    bits |= u32::from(matches!(e.dow, 5 | 6) && matches!(e.category, Category::Home |
        Category::Garden | Category::Kitchen) && p.orders_90d >= 1 && p.age > 25) << 16;
    // big_cart_upsell
    bits |= u32::from(e.cart_value > 120.0 && p.prop_upsell > 0.4 && e.quantity >= 2 && !(p.tier
        == Tier::None)) << 17;
    // returners
    bits |= u32::from(p.returns_90d >= 2 && (p.returns_90d >= 4 || p.spend_90d < 100.0)
        && p.orders_90d >= 2) << 18;
    // intl_sms
    bits |= u32::from(p.consent_sms && !matches!(p.country, Country::Us | Country::Ca)
        && matches!(p.language, Language::En | Language::Fr | Language::Es) && (p.prop_buy >=
        0.35 || p.prop_cross >= 0.5) && p.last_open_days < 90) << 19;
    bits
}

fn eligible(p: &Profile, e: &Event) -> u32 {
    first_offers(p, e) | last_offers(p, e)
}

#[rustfmt::skip]
fn first_offers(p: &Profile, e: &Event) -> u32 {
    let mut bits = 0;
    // welcome10
    bits |= u32::from(p.caps[0] < 1 && p.lifecycle == Lifecycle::New && p.orders_life == 0
        && p.consent_email) << 0;
    // welcome_ship
    bits |= u32::from(p.caps[1] < 2 && p.lifecycle == Lifecycle::New && e.cart_value >= 25.0) <<
        1;
    // gold_early
    bits |= u32::from(p.caps[2] < 3 && matches!(p.tier, Tier::Gold | Tier::Platinum)
        && p.orders_90d >= 2 && !p.has(Tag::Blocked)) << 2;
    // plat_concierge
    bits |= u32::from(p.caps[3] < 1 && p.tier == Tier::Platinum && p.spend_90d > 400.0
        && matches!(p.country, Country::Us | Country::Gb | Country::De | Country::Fr)
        && p.consent_push) << 3;
    // silver_upgrade
    bits |= u32::from(p.caps[4] < 2 && p.tier == Tier::Silver && p.spend_90d > 120.0
        && p.orders_90d >= 2) << 4;
    // bronze_upgrade
    bits |= u32::from(p.caps[5] < 2 && p.tier == Tier::Bronze && p.spend_90d > 60.0
        && p.returns_90d <= 1) << 5;
    // cart_5off
    bits |= u32::from(p.caps[6] < 4 && matches!(e.kind, Kind::AddToCart | Kind::CheckoutAbandon)
        && e.cart_value > 30.0) << 6;
    // cart_15off
    bits |= u32::from(p.caps[7] < 2 && e.kind == Kind::CheckoutAbandon && e.cart_value > 100.0
        && p.prop_buy < 0.5 && p.last_order_days > 30) << 7;
    // free_ship_eu
    bits |= u32::from(p.caps[8] < 3 && matches!(p.country, Country::De | Country::Fr |
        Country::It | Country::Es | Country::Nl | Country::At | Country::Be | Country::Pl)
        && e.cart_value >= 35.0 && e.channel != Channel::Store) << 8;
    // free_ship_us
    bits |= u32::from(p.caps[9] < 3 && matches!(p.country, Country::Us | Country::Ca)
        && e.cart_value >= 49.0 && matches!(e.channel, Channel::Web | Channel::App)) << 9;
    // app_install
    bits |= u32::from(p.caps[10] < 2 && e.channel == Channel::Web && matches!(e.device,
        Device::Ios | Device::Android) && !p.consent_push) << 10;
    // push_optin
    bits |= u32::from(p.caps[11] < 2 && e.channel == Channel::App && !p.consent_push
        && p.sessions_30d >= 3) << 11;
    // sms_optin
    bits |= u32::from(p.caps[12] < 2 && !p.consent_sms && p.orders_life >= 1
        && matches!(p.country, Country::Us | Country::Gb | Country::Ca | Country::Au)) << 12;
    // winback_20
    bits |= u32::from(p.caps[13] < 1 && matches!(p.lifecycle, Lifecycle::Lapsing |
        Lifecycle::Churned) && p.last_order_days > 90 && p.spend_life > 150.0) << 13;
    // winback_gift
    bits |= u32::from(p.caps[14] < 1 && p.lifecycle == Lifecycle::Churned && p.spend_life >
        600.0 && p.consent_email && p.last_open_days < 120) << 14;
    bits
}

#[rustfmt::skip]
fn last_offers(p: &Profile, e: &Event) -> u32 {
    let mut bits = 0;
    // save_call
    bits |= u32::from(p.caps[15] < 1 && p.prop_churn > 0.7 && matches!(p.tier, Tier::Gold |
        Tier::Platinum) && p.consent_sms && p.age >= 21) << 15;
    // beauty_box
    bits |= u32::from(p.caps[16] < 2 && (p.fav_category == Category::Beauty || e.category ==
        Category::Beauty) && p.age >= 18) << 16;
    // fashion_drop
    bits |= u32::from(p.caps[17] < 3 && (p.fav_category == Category::Fashion || e.category ==
        Category::Fashion) && p.age < 45 && p.sessions_30d >= 2) << 17;
    // garden_spring
    bits |= u32::from(p.caps[18] < 2 && matches!(e.category, Category::Garden | Category::Home)
        && p.age > 30 && matches!(e.dow, 4 | 5 | 6)) << 18;
    // kitchen_bundle
    bits |= u32::from(p.caps[19] < 2 && e.category == Category::Kitchen && e.price > 25.0
        && p.orders_life >= 2) << 19;
    // tech_trade_in
    bits |= u32::from(p.caps[20] < 1 && e.category == Category::Electronics && e.price > 150.0
        && p.orders_life >= 1 && p.returns_90d <= 2) << 20;
    // tech_warranty
    bits |= u32::from(p.caps[21] < 2 && matches!(e.kind, Kind::Purchase | Kind::AddToCart)
        && e.category == Category::Electronics && e.price > 80.0) << 21;
    // kids_club
    bits |= u32::from(p.caps[22] < 1 && p.has(Tag::Parent) && p.age >= 22 && p.age <= 50) << 22;
    // sport_season
    bits |= u32::from(p.caps[23] < 2 && (p.fav_category == Category::Sport
        || p.has(Tag::Runner)) && p.last_open_days <= 45) << 23;
    // student
    bits |= u32::from(p.caps[24] < 2 && p.has(Tag::Student) && p.age <= 30
        && matches!(p.language, Language::En | Language::De | Language::Fr)) << 24;
    // refer_friend
    bits |= u32::from(p.caps[25] < 2 && p.orders_life >= 3 && p.returns_90d == 0 && p.prop_churn
        < 0.3 && p.last_open_days < 30) << 25;
    // review_reward
    bits |= u32::from(p.caps[26] < 3 && matches!(e.kind, Kind::Purchase | Kind::EmailOpen)
        && p.last_order_days <= 21 && p.orders_90d >= 1) << 26;
    // night_flash
    bits |= u32::from(p.caps[27] < 2 && (e.hour >= 21 || e.hour < 2) && e.channel !=
        Channel::Store && p.msgs_7d < 6 && p.prop_buy > 0.15) << 27;
    // bulk_saver
    bits |= u32::from(p.caps[28] < 3 && e.quantity >= 3 && e.cart_value > 60.0
        && p.has(Tag::DealSeeker)) << 28;
    // evergreen
    bits |= u32::from(p.caps[29] < 9 && p.msgs_7d < 8 && p.age >= 16) << 29;
    bits
}

#[rustfmt::skip]
fn branch(p: &Profile, e: &Event) -> u8 {
    if p.has(Tag::Blocked) || p.msgs_7d >= 9 || !p.consent_email && !p.consent_push
        && !p.consent_sms {
        // suppress
        0
    } else if e.kind == Kind::CheckoutAbandon && p.consent_push && e.cart_value > 50.0 {
        // abandon_push
        1
    } else if e.kind == Kind::CheckoutAbandon && p.consent_email {
        // abandon_mail
        2
    } else if e.kind == Kind::Purchase && (p.orders_life <= 1 || e.cart_value > 150.0) {
        // thank_you
        3
    } else if e.kind == Kind::Purchase && p.prop_cross >= p.prop_upsell {
        // cross_sell
        4
    } else if p.prop_churn > 0.65 && p.last_order_days > 45 && p.lifecycle != Lifecycle::Churned
        {
        // save
        5
    } else if p.lifecycle == Lifecycle::Churned && p.last_open_days < 60 {
        // winback
        6
    } else if p.lifecycle == Lifecycle::New && p.sessions_30d < 4 {
        // onboarding
        7
    } else if p.consent_email && p.last_open_days <= 30 && p.prop_buy > 0.1 {
        // nurture
        8
    } else {
        9
    }
}

/// The offer of the highest score among those one may get, the first of equals; 255 when there is none. Few of them
/// are eligible, so only their scores are made.
fn best(p: &Profile, mut eligible: u32) -> u8 {
    let inclined = [p.prop_buy, p.prop_churn, p.prop_upsell, p.prop_cross];
    let mut best = (255, f64::NEG_INFINITY);
    while eligible != 0 {
        let offer = eligible.trailing_zeros() as u8;
        eligible &= eligible - 1;
        let (likely, value, weight) = OFFERS[usize::from(offer) % 32];
        let score = (inclined[likely % 4] * value) * weight;
        if score > best.1 {
            best = (offer, score);
        }
    }
    best.0
}

/// Which inclination counts, value, weight; two more than there are, so that no place needs a check.
const OFFERS: [(usize, f64, f64); 32] = [
    (0, 8.5, 1.2),
    (0, 4.25, 1.6),
    (2, 22.0, 0.9),
    (2, 60.0, 0.5),
    (2, 14.0, 1.0),
    (2, 9.0, 1.0),
    (0, 5.0, 1.9),
    (0, 15.0, 0.95),
    (0, 6.75, 1.1),
    (0, 7.1, 1.05),
    (3, 6.0, 1.3),
    (3, 3.5, 1.5),
    (3, 3.2, 1.45),
    (1, 20.0, 0.8),
    (1, 30.0, 0.6),
    (1, 45.0, 0.45),
    (3, 18.0, 0.85),
    (0, 16.0, 0.9),
    (3, 12.0, 1.0),
    (3, 17.5, 0.95),
    (2, 55.0, 0.6),
    (2, 19.0, 1.05),
    (3, 11.0, 1.15),
    (0, 13.0, 1.0),
    (0, 7.75, 1.35),
    (3, 10.0, 1.1),
    (3, 4.0, 1.25),
    (0, 9.5, 1.15),
    (2, 11.5, 1.0),
    (0, 2.0, 1.0),
    (0, 0.0, 0.0),
    (0, 0.0, 0.0),
];
