//! Members that this version does not know.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// Members of a loaded record that this version does not know; they are sent back.
///
/// There almost never are any, and every record has a place for them: so that place is small.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extra(Option<Box<Map<String, Value>>>);

impl Extra {
    /// A member's value, if there is such a member.
    pub fn get(&self, member: &str) -> Option<&Value> {
        self.0.as_ref()?.get(member)
    }

    /// Forgets a member.
    pub(super) fn remove(&mut self, member: &str) {
        if let Some(members) = &mut self.0 {
            members.remove(member);
        }
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().flat_map(|members| members.iter()))
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        Ok(Self((!members.is_empty()).then(|| Box::new(members))))
    }
}
