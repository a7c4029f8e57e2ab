//! Estimates the cost of compiling a function.

use std::ops::Add;
use wasmparser::{BinaryReaderError, FuncType, FunctionBody, Operator};

/// What a compiler's memory and time grow with.
#[derive(Clone, Copy, Default)]
pub(super) struct Costs {
    /// The number of instructions, including the values that calls and locals add.
    instructions: u64,
    /// The number of branches, times the variables that are tracked over each.
    merges: u64,
}

impl Costs {
    /// The largest functions of a JavaScript engine of 12 MB and of Rust programs reach
    /// 158,000 and 734,000.
    pub(super) const OF_A_FUNCTION: Self = Self {
        instructions: 250_000,
        merges: 2_500_000,
    };

    /// The same engine has 8.3 and 20 million, and a Rust program of 5.7 MB 3.2 and 7.5
    /// million.
    pub(super) const OF_ALL: Self = Self {
        instructions: 10_000_000,
        merges: 30_000_000,
    };

    pub(super) fn exceed(&self, limit: &Self) -> bool {
        self.instructions > limit.instructions || self.merges > limit.merges
    }
}

impl Add for Costs {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            instructions: self.instructions.saturating_add(other.instructions),
            merges: self.merges.saturating_add(other.merges),
        }
    }
}

/// The code of a module.
#[derive(Default)]
pub(super) struct Code {
    /// The maximum number of parameters and results of its types, which bounds those of
    /// calls, blocks and branches.
    widest: u64,
}

impl Code {
    pub(super) fn declare(&mut self, ty: &FuncType) {
        let width = ty.params().len() + ty.results().len();
        self.widest = self.widest.max(width as u64);
    }

    pub(super) fn costs(&self, body: &FunctionBody<'_>) -> Result<Costs, BinaryReaderError> {
        let mut variables = self.widest;
        for local in body.get_locals_reader()? {
            variables = variables.saturating_add(u64::from(local?.0));
        }
        let (mut instructions, mut branches) = (variables, 1_u64);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let (calls, edges) = match operators.read()? {
                Operator::Call { .. } | Operator::ReturnCall { .. } => (1, 0),
                // The function reference may have to be initialized first.
                Operator::CallIndirect { .. } | Operator::ReturnCallIndirect { .. } => (1, 2),
                Operator::TableGet { .. } => (0, 2),
                Operator::BrTable { targets } => (0, u64::from(targets.len()) + 1),
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Else
                | Operator::Br { .. }
                | Operator::BrIf { .. }
                | Operator::Return => (0, 1),
                _ => (0, 0),
            };
            instructions += 1 + calls * self.widest + edges;
            branches += edges;
        }
        Ok(Costs {
            instructions,
            merges: branches.saturating_mul(variables),
        })
    }
}
