//! What is on the screen as a step of something else.

use super::parts::{copy, text};
use crate::step::Step;
use maud::{Markup, html};

pub(crate) fn steps(what: &str, steps: &[Step]) -> Markup {
    html! {
        details .panel.steps {
            summary { "Use this " (what) " as a step" }
            p .hint { "The same in other places. No secret and no token is in any of them." }
            @for step in steps {
                section {
                    header { h3 { (step.title) } (copy(step.title, &step.text)) }
                    p .hint { (text(step.note)) }
                    pre tabindex="0" aria-label=(step.title) { code { (step.text) } }
                }
            }
        }
    }
}
