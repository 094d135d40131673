// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! Reads the tables of a program image that hello needs. An image is a
//! FlatBuffer (`share/glowplug/schema/image.fbs` of the SDK), which the host has
//! verified: every offset leads to what the schema says. Fields are numbered in
//! the order of the schema; a union has two numbers, its type and its table.

/// A table, or none: its fields then have their defaults.
#[derive(Clone, Copy)]
pub struct Table(*const u8);

/// Reads a number at any address.
unsafe fn read<T: Copy>(place: *const u8) -> T {
    (place as *const T).read_unaligned()
}

/// The place that a reference leads to.
unsafe fn follow(place: *const u8) -> *const u8 {
    place.add(read::<u32>(place) as usize)
}

impl Table {
    /// # Safety
    /// `data` is a verified image, which lives as long as what is read from it.
    pub unsafe fn root(data: *const u8) -> Table {
        Table(follow(data))
    }

    fn field(self, number: usize) -> Option<*const u8> {
        if self.0.is_null() {
            return None;
        }
        unsafe {
            let vtable = self.0.offset(-(read::<i32>(self.0) as isize));
            let entry = 4 + 2 * number;
            if entry >= read::<u16>(vtable) as usize {
                return None;
            }
            match read::<u16>(vtable.add(entry)) {
                0 => None,
                offset => Some(self.0.add(offset as usize)),
            }
        }
    }

    pub fn number<T: Copy>(self, number: usize, default: T) -> T {
        self.field(number)
            .map_or(default, |place| unsafe { read(place) })
    }

    pub fn table(self, number: usize) -> Table {
        Table(
            self.field(number)
                .map_or(std::ptr::null(), |place| unsafe { follow(place) }),
        )
    }

    fn vector(self, number: usize) -> (*const u8, usize) {
        self.field(number)
            .map_or((std::ptr::null(), 0), |place| unsafe {
                let begin = follow(place);
                (begin.add(4), read::<u32>(begin) as usize)
            })
    }

    pub fn numbers<T: Copy>(self, number: usize) -> Vec<T> {
        let (begin, count) = self.vector(number);
        let size = std::mem::size_of::<T>();
        (0..count)
            .map(|i| unsafe { read(begin.add(i * size)) })
            .collect()
    }

    pub fn tables(self, number: usize) -> Vec<Table> {
        let (begin, count) = self.vector(number);
        (0..count)
            .map(|i| unsafe { Table(follow(begin.add(4 * i))) })
            .collect()
    }

    pub fn exists(self) -> bool {
        !self.0.is_null()
    }
}

// ---- The tables ----

pub struct Program(pub Table);
impl Program {
    pub fn requires_features(&self) -> bool {
        !self.0.tables(2).is_empty()
    }
    pub fn body(&self) -> Body {
        Body(self.0.table(4))
    }
    pub fn segment_count(&self) -> usize {
        self.0.tables(6).len()
    }
}

pub struct Body(Table);
impl Body {
    /// The shapes of all values.
    pub fn shapes(&self) -> Vec<Vec<i64>> {
        self.0
            .tables(0)
            .iter()
            .map(|value| value.numbers(2))
            .collect()
    }
    pub fn inputs(&self) -> Vec<u32> {
        self.0.numbers(1)
    }
    pub fn outputs(&self) -> Vec<u32> {
        self.0.numbers(2)
    }
    pub fn ops(&self) -> Vec<Op> {
        self.0.tables(3).into_iter().map(Op).collect()
    }
}

pub struct Op(Table);
impl Op {
    pub fn kind(&self) -> u8 {
        self.0.number(0, 0)
    }
    pub fn version(&self) -> u16 {
        self.0.number(2, 1)
    }
    pub fn operands(&self) -> Vec<u32> {
        self.0.numbers(3)
    }
    pub fn results(&self) -> Vec<u32> {
        self.0.numbers(4)
    }
    /// The region of a map.
    pub fn region(&self) -> Region {
        Region(self.0.table(1).table(0))
    }
}

pub struct Region(Table);
impl Region {
    pub fn exists(&self) -> bool {
        self.0.exists()
    }
    pub fn parameters(&self) -> Vec<u8> {
        self.0.numbers(0)
    }
    pub fn instructions(&self) -> Vec<Instruction> {
        self.0.tables(1).into_iter().map(Instruction).collect()
    }
    pub fn results(&self) -> Vec<u16> {
        self.0.numbers(2)
    }
}

pub struct Instruction(Table);
impl Instruction {
    pub fn op(&self) -> u8 {
        self.0.number(0, 0)
    }
    pub fn dtype(&self) -> u8 {
        self.0.number(1, 0)
    }
    pub fn operands(&self) -> Vec<u16> {
        self.0.numbers(2)
    }
    /// The value of a `constant` of type f32.
    pub fn constant(&self) -> f32 {
        f32::from_bits(self.0.number(3, 0u64) as u32)
    }
}
