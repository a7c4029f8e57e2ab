//! Names in many scripts, each with its ASCII form for e-mail addresses.

/// First and last names that belong together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Names {
    pub(super) first: &'static [(&'static str, &'static str)],
    pub(super) last: &'static [(&'static str, &'static str)],
}

/// Latin scripts are more frequent, as in most projects.
pub(super) const NAMES: &[Names] = &[
    ENGLISH, ENGLISH, ENGLISH, ENGLISH, ENGLISH, ENGLISH, ENGLISH, ENGLISH, ENGLISH, ENGLISH,
    ENGLISH, EUROPEAN, EUROPEAN, EUROPEAN, IRISH, CYRILLIC, GREEK, ARABIC, HEBREW, DEVANAGARI,
    THAI, CHINESE, JAPANESE, KOREAN,
];

const ENGLISH: Names = Names {
    first: &[
        ("Ada", "ada"),
        ("Alan", "alan"),
        ("Barbara", "barbara"),
        ("Claude", "claude"),
        ("Dorothy", "dorothy"),
        ("Edsger", "edsger"),
        ("Frances", "frances"),
        ("Grace", "grace"),
        ("Joan", "joan"),
        ("Katherine", "katherine"),
        ("Maya", "maya"),
        ("Noah", "noah"),
        ("Olivia", "olivia"),
        ("Radia", "radia"),
        ("Sam", "sam"),
        ("Tim", "tim"),
    ],
    last: &[
        ("Adams", "adams"),
        ("Baker", "baker"),
        ("Clarke", "clarke"),
        ("Dijkstra", "dijkstra"),
        ("Evans", "evans"),
        ("Fletcher", "fletcher"),
        ("Hopper", "hopper"),
        ("Jones", "jones"),
        ("Knox", "knox"),
        ("Liskov", "liskov"),
        ("Moore", "moore"),
        ("Price", "price"),
        ("Shannon", "shannon"),
        ("Turner", "turner"),
        ("Walker", "walker"),
        ("Young", "young"),
    ],
};

const EUROPEAN: Names = Names {
    first: &[
        ("Zoë", "zoe"),
        ("José", "jose"),
        ("Łukasz", "lukasz"),
        ("Åsa", "asa"),
        ("François", "francois"),
        ("Jürgen", "jurgen"),
        ("Şebnem", "sebnem"),
        ("Nguyễn", "nguyen"),
    ],
    last: &[
        ("Núñez", "nunez"),
        ("Dvořák", "dvorak"),
        ("Müller", "muller"),
        ("Østergård", "ostergard"),
        ("Brontë", "bronte"),
        ("Gonçalves", "goncalves"),
        ("Straße", "strasse"),
        ("Đặng", "dang"),
    ],
};

const IRISH: Names = Names {
    first: &[
        ("Siobhán", "siobhan"),
        ("Conor", "conor"),
        ("Aoife", "aoife"),
    ],
    last: &[
        ("O'Neill", "oneill"),
        ("O'Brien", "obrien"),
        ("D'Arcy", "darcy"),
    ],
};

const CYRILLIC: Names = Names {
    first: &[
        ("Анна", "anna"),
        ("Олександр", "oleksandr"),
        ("Борис", "boris"),
    ],
    last: &[
        ("Иванова", "ivanova"),
        ("Шевченко", "shevchenko"),
        ("Петров", "petrov"),
    ],
};

const GREEK: Names = Names {
    first: &[("Ελένη", "eleni"), ("Γιώργος", "giorgos")],
    last: &[("Παπαδοπούλου", "papadopoulou"), ("Νικολάου", "nikolaou")],
};

const ARABIC: Names = Names {
    first: &[("ليلى", "layla"), ("يوسف", "yusuf")],
    last: &[("الحسن", "alhasan"), ("منصور", "mansour")],
};

const HEBREW: Names = Names {
    first: &[("נועה", "noa"), ("איתן", "eitan")],
    last: &[("כהן", "cohen"), ("לוי", "levi")],
};

const DEVANAGARI: Names = Names {
    first: &[("आरव", "aarav"), ("प्रिया", "priya")],
    last: &[("शर्मा", "sharma"), ("पटेल", "patel")],
};

const THAI: Names = Names {
    first: &[("สมชาย", "somchai"), ("มาลี", "malee")],
    last: &[("ใจดี", "jaidee"), ("ศรีสุข", "srisuk")],
};

const CHINESE: Names = Names {
    first: &[("小明", "xiaoming"), ("雅婷", "yating")],
    last: &[("王", "wang"), ("陳", "chen")],
};

const JAPANESE: Names = Names {
    first: &[("花子", "hanako"), ("さくら", "sakura")],
    last: &[("山田", "yamada"), ("サトウ", "sato")],
};

const KOREAN: Names = Names {
    first: &[("민준", "minjun"), ("서연", "seoyeon")],
    last: &[("김", "kim"), ("박", "park")],
};
