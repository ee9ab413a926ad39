//! What is done to each column: the plan followed over a schema, once for a batch. It reads no value.

use super::constant::Constant;
use super::gather::flat_type;
use super::map::Entries;
use super::metadata;
use super::owner::{Hop, Place};
use super::texts::Strings;
use super::{Aim, Manner, at_rule, redact, seal};
use crate::error::{At, Code, Error};
use crate::plan::{Bound, Duty, Marks, Plan, Seal, StateId, Treatment};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use std::sync::Arc;

/// Deepest nesting of a column's type.
const MOST_LEVELS: usize = 128;

/// A column, and what becomes of it.
#[derive(Debug)]
pub(super) struct Column {
    /// As it comes out.
    pub(super) field: FieldRef,
    /// The rule that keeps it.
    pub(super) keeps: Option<u16>,
    /// The rule that treats the leaves in it, to which a null is one.
    pub(super) nulls: Option<u16>,
    pub(super) act: Act,
    /// Whether anything comes out in another way than it came in.
    pub(super) changes: bool,
    /// Whether its dictionary or runs are in the way.
    pub(super) flattens: bool,
}

/// What is done to a column.
#[derive(Debug)]
pub(super) enum Act {
    Pass,
    /// No rule names it, and the policy refuses every value of it.
    Refuse,
    /// Takes it out, by a rule or because no rule names it.
    Remove(Option<u16>),
    Redact(u16),
    Seal(u16),
    /// Brings back what was sealed.
    Open(u16),
    Replace(u16, Constant),
    /// Something is done to the fields of a struct.
    Fields(Vec<Column>),
    /// Something is done to the elements of a list.
    Elements(Box<Column>),
    /// Something is done to the values of a map.
    Entries(Box<Entries>),
}

/// The columns of a batch.
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    /// As it comes out.
    pub(super) schema: SchemaRef,
    /// The rule that keeps whole rows.
    pub(super) keeps: Option<u16>,
    /// Where rows say whose they are.
    pub(super) mentions: Vec<(Marks, Place)>,
}

/// A place of the plan.
pub(super) type Spot = (StateId, Duty);

impl Table {
    pub(super) fn new(plan: &Plan, schema: &Schema, manner: Manner) -> Result<Self, Error> {
        if plan.form().is_some() {
            // Columns have types of their own, and their nulls may be values that are missing: neither is held to a shape.
            return Err(Error::new(Code::ShapeNeedsEvents));
        }
        let found = vec![false; plan.rules().len()];
        let mut walk = Walk {
            plan,
            aim: manner.aim,
            strict: manner.strict,
            found,
            hits: 0,
            mentions: Vec::new(),
            path: Vec::new(),
            in_map: 0,
        };
        let start = plan.start();
        let mut keeps = None;
        match start.1 {
            // A row is no value that could be taken, or be another.
            Duty::Whole(rule) => return Err(walk.error(Code::ColumnType, rule)),
            Duty::Keep(rule) => keeps = Some(walk.hit(rule)),
            Duty::Leave | Duty::Leaves(_) | Duty::DropUnlisted | Duty::RefuseUnlisted | Duty::Says(_) => {}
        }
        let mut columns = Vec::with_capacity(schema.fields().len());
        for (number, field) in schema.fields().iter().enumerate() {
            let column = walk.member(start, number, field, 1).map_err(|error| match error.at() {
                At::Nowhere => error.at_place(At::Column(number)),
                At::Policy(_) | At::Rule(_) | At::Offset(_) | At::Column(_) => error,
            })?;
            columns.push(column);
        }
        if let Some(missing) = walk.found.iter().position(|found| manner.strict && !found) {
            return Err(walk.error(Code::ColumnMissing, missing as u16));
        }
        let fields: Vec<_> = columns.iter().filter_map(Column::left).collect();
        let said = metadata::of_schema(schema.metadata(), schema.fields(), &columns);
        let schema = Arc::new(Schema::new_with_metadata(fields, said));
        Ok(Table { columns, schema, keeps, mentions: walk.mentions })
    }
}

impl Column {
    fn pass(field: &FieldRef) -> Self {
        let field = field.clone();
        Column { field, keeps: None, nulls: None, act: Act::Pass, changes: false, flattens: false }
    }

    fn removed(field: &FieldRef, rule: Option<u16>) -> Self {
        Column { act: Act::Remove(rule), changes: true, ..Column::pass(field) }
    }

    /// A column of another type.
    fn treated(field: &FieldRef, data_type: DataType, act: Act) -> Self {
        Column { field: renewed(field, data_type, true), act, changes: true, ..Column::pass(field) }
    }

    /// Its field, if it is not taken out.
    pub(super) fn left(&self) -> Option<FieldRef> {
        (!self.is_removed()).then(|| self.field.clone())
    }

    pub(super) fn is_removed(&self) -> bool {
        matches!(self.act, Act::Remove(_))
    }

    /// Whether nothing is done to it, and nothing counted.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.act, Act::Pass) && self.keeps.is_none() && self.nulls.is_none()
    }

    /// The first rule that does something to it.
    pub(super) fn rule(&self) -> Option<u16> {
        match &self.act {
            Act::Pass | Act::Refuse => None,
            Act::Remove(rule) => *rule,
            Act::Redact(rule) | Act::Seal(rule) | Act::Open(rule) | Act::Replace(rule, _) => Some(*rule),
            Act::Fields(columns) => columns.iter().find_map(Column::rule),
            Act::Elements(column) => column.rule(),
            Act::Entries(entries) => entries.columns().find_map(Column::rule),
        }
    }
}

/// A field whose values are new: what is said of it beside may not hold any more, or quote them.
pub(super) fn renewed(field: &Field, data_type: DataType, nullable: bool) -> FieldRef {
    let said = metadata::of_field(field);
    let field = field.clone().with_data_type(data_type).with_nullable(nullable).with_metadata(said);
    Arc::new(if field.dict_is_ordered() == Some(true) { field.with_dict_is_ordered(false) } else { field })
}

/// A walk over a schema.
pub(super) struct Walk<'a> {
    pub(super) plan: &'a Plan,
    aim: Aim,
    strict: bool,
    /// Which rules mean some column.
    found: Vec<bool>,
    /// How often a rule meant one.
    hits: u64,
    mentions: Vec<(Marks, Place)>,
    path: Place,
    /// In so many maps it is: what stands there is known only with the values.
    pub(super) in_map: usize,
}

impl Walk<'_> {
    fn hit(&mut self, rule: u16) -> u16 {
        self.hits += 1;
        if let Some(found) = self.found.get_mut(usize::from(rule)) {
            *found = true;
        }
        rule
    }

    pub(super) fn error(&self, code: Code, rule: u16) -> Error {
        Error::new(code).at_place(at_rule(self.plan, rule))
    }

    fn member(&mut self, at: Spot, number: usize, field: &FieldRef, level: usize) -> Result<Column, Error> {
        self.path.push(Hop::Field(number));
        let column = self.column(self.plan.member(at, field.name().as_bytes()), field, level);
        self.path.pop();
        column
    }

    /// A value of a map, under this key.
    pub(super) fn entry(
        &mut self,
        at: Spot,
        key: &[u8],
        field: &FieldRef,
        level: usize,
    ) -> Result<Column, Error> {
        self.path.push(Hop::Entry(key.into()));
        let column = self.column(self.plan.member(at, key), field, level);
        self.path.pop();
        column
    }

    /// On the way back, what was not sealed stays as it is, whatever the policy says of it.
    fn aimed(&self, duty: Duty) -> Duty {
        let opens = |rule| self.plan.rule(rule).is_some_and(|bound: &Bound| self.aim.opens(&bound.treatment));
        match duty {
            _ if self.aim == Aim::Scrub => duty,
            Duty::Leaves(rule) | Duty::Whole(rule) if opens(rule) => duty,
            Duty::Leaves(_)
            | Duty::Whole(_)
            | Duty::Leave
            | Duty::Keep(_)
            | Duty::DropUnlisted
            | Duty::RefuseUnlisted
            | Duty::Says(_) => Duty::Leave,
        }
    }

    /// What becomes of a column at this place.
    pub(super) fn column(&mut self, at: Spot, field: &FieldRef, level: usize) -> Result<Column, Error> {
        if level > MOST_LEVELS {
            return Err(Error::new(Code::TooDeep));
        }
        let (state, duty) = at;
        if let Duty::Says(marks) = duty {
            self.mentions.push((marks, self.path.clone()));
        }
        let duty = self.aimed(self.plan.besides(duty));
        let hits = self.hits;
        let keeps = match duty {
            Duty::Keep(rule) => Some(self.hit(rule)),
            Duty::Leaves(rule) | Duty::Whole(rule) => {
                self.hit(rule);
                None
            }
            Duty::Leave | Duty::DropUnlisted | Duty::RefuseUnlisted | Duty::Says(_) => None,
        };
        let flat = flat_type(field.data_type()).clone();
        let inside = if metadata::is_variant(field) {
            self.variant(state, duty)?;
            None
        } else {
            self.inside(at, field, &flat, level)?
        };
        let is_nested = inside.is_some();
        let mut column = match (inside, duty) {
            // Of what is in it counts only where it says whose the row is.
            (_, Duty::Whole(rule)) => self.whole(rule, field, &flat)?,
            (None, Duty::Leaves(rule)) => self.leaf(rule, field, &flat)?,
            (None, Duty::DropUnlisted) => Column::removed(field, None),
            (Some(_), Duty::DropUnlisted) if self.hits == hits => Column::removed(field, None),
            (None, Duty::RefuseUnlisted) => self.refuse(field)?,
            (Some(_), Duty::RefuseUnlisted) if !self.plan.leads_on(state) => self.refuse(field)?,
            (None, Duty::Leave | Duty::Keep(_) | Duty::Says(_)) => Column::pass(field),
            (Some(inside), _) => inside,
        };
        column.keeps = keeps;
        column.nulls = match duty {
            Duty::Leaves(rule) if is_nested => Some(rule),
            Duty::Leave
            | Duty::Keep(_)
            | Duty::Leaves(_)
            | Duty::Whole(_)
            | Duty::DropUnlisted
            | Duty::RefuseUnlisted
            | Duty::Says(_) => None,
        };
        column.flattens = field.data_type() != &flat
            && match column.act {
                Act::Pass | Act::Refuse | Act::Remove(_) | Act::Replace(..) => false,
                // Each value of a dictionary is redacted once.
                Act::Redact(_) => match field.data_type() {
                    DataType::Dictionary(_, values) => Strings::of(values).is_none(),
                    _ => true,
                },
                Act::Seal(_) | Act::Open(_) | Act::Fields(_) | Act::Elements(_) | Act::Entries(_) => true,
            };
        Ok(column)
    }

    /// What becomes of a column by what is done to the values in its values; none if it has no such.
    fn inside(
        &mut self,
        at: Spot,
        field: &FieldRef,
        flat: &DataType,
        level: usize,
    ) -> Result<Option<Column>, Error> {
        let (act, data_type, changes) = match flat {
            DataType::Struct(fields) => {
                let columns = fields.iter().enumerate();
                let columns: Vec<_> = columns
                    .map(|(number, field)| self.member(at, number, field, level + 1))
                    .collect::<Result<_, _>>()?;
                if columns.iter().all(Column::is_idle) {
                    return Ok(Some(Column::pass(field)));
                }
                let fields = columns.iter().filter_map(Column::left).collect();
                let changes = columns.iter().any(|column| column.changes);
                (Act::Fields(columns), DataType::Struct(fields), changes)
            }
            DataType::List(element) | DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
                let column = self.column(self.plan.element(at), element, level + 1)?;
                if column.is_idle() {
                    return Ok(Some(Column::pass(field)));
                }
                let field = match column.is_removed() {
                    true => renewed(element, metadata::bare(element.data_type()), true),
                    false => column.field.clone(),
                };
                let data_type = match flat {
                    DataType::LargeList(_) => DataType::LargeList(field),
                    DataType::FixedSizeList(_, size) if !column.is_removed() => {
                        DataType::FixedSizeList(field, *size)
                    }
                    _ => DataType::List(field),
                };
                let changes = column.changes;
                (Act::Elements(Box::new(column)), data_type, changes)
            }
            DataType::Map(entries, sorted) => {
                let (entries, data_type) = Entries::new(self, at, entries, *sorted, level)?;
                if entries.columns().all(Column::is_idle) {
                    return Ok(Some(Column::pass(field)));
                }
                let changes = entries.columns().any(|column| column.changes);
                (Act::Entries(Box::new(entries)), data_type, changes)
            }
            DataType::ListView(element) | DataType::LargeListView(element) => {
                let column = self.column(self.plan.element(at), element, level + 1)?;
                return self.untouched(field, &[column]).map(Some);
            }
            // What takes the value takes it whatever it is.
            DataType::Union(..) if matches!(self.aimed(self.plan.besides(at.1)), Duty::Whole(_)) => {
                return Ok(None);
            }
            DataType::Union(variants, _) => {
                // A union's value stands where the union stands.
                let columns: Vec<_> = variants
                    .iter()
                    .map(|(_, variant)| self.column(at, variant, level + 1))
                    .collect::<Result<_, _>>()?;
                return self.untouched(field, &columns).map(Some);
            }
            _ => return Ok(None),
        };
        if !changes {
            return Ok(Some(Column { act, ..Column::pass(field) }));
        }
        let nullable = field.is_nullable() || field.data_type() != flat;
        Ok(Some(Column { act, changes, ..Column::pass(&renewed(field, data_type, nullable)) }))
    }

    /// What is in a variant is not looked at: if a rule may mean some of it, it is treated as a whole by a rule of its own, or
    /// refused.
    fn variant(&self, state: StateId, duty: Duty) -> Result<(), Error> {
        let is_treated = matches!(duty, Duty::Leaves(_) | Duty::Whole(_));
        if self.aim == Aim::Scrub && self.plan.leads_on(state) && !is_treated {
            return Err(Error::new(Code::ColumnType));
        }
        Ok(())
    }

    /// A column whose values cannot be treated one by one.
    fn untouched(&self, field: &FieldRef, inside: &[Column]) -> Result<Column, Error> {
        match inside.iter().find_map(Column::rule) {
            Some(rule) => Err(self.error(Code::ColumnType, rule)),
            None if inside.iter().any(|column| column.changes) => {
                Ok(Column { act: Act::Refuse, changes: true, ..Column::pass(field) })
            }
            None => Ok(Column::pass(field)),
        }
    }

    fn leaf(&self, rule: u16, field: &FieldRef, flat: &DataType) -> Result<Column, Error> {
        match self.plan.rule(rule).map(|bound| &bound.treatment) {
            Some(Treatment::Redact(redactor)) => {
                if self.strict && !redact::reads(redactor, flat) {
                    return Err(self.error(Code::ColumnType, rule));
                }
                // The values of a map are of one type: where nothing comes out but null, it is what it was.
                let data_type = if self.in_map > 0 && !redact::reads(redactor, flat) {
                    metadata::bare(field.data_type())
                } else {
                    redact::data_type(redactor, field.data_type())
                };
                Ok(Column::treated(field, data_type, Act::Redact(rule)))
            }
            Some(Treatment::Seal(seal)) => self.sealed(*seal, rule, field, flat),
            // INVARIANT: nothing else is done leaf by leaf.
            Some(Treatment::Replace(_) | Treatment::Drop | Treatment::Keep) | None => {
                Err(self.error(Code::ColumnType, rule))
            }
        }
    }

    fn whole(&self, rule: u16, field: &FieldRef, flat: &DataType) -> Result<Column, Error> {
        match self.plan.rule(rule).map(|bound| &bound.treatment) {
            Some(Treatment::Seal(seal)) => self.sealed(*seal, rule, field, flat),
            Some(Treatment::Replace(text)) => {
                let constant = Constant::new(text, &metadata::bare(flat))
                    .ok_or_else(|| self.error(Code::ColumnType, rule))?;
                Ok(Column::treated(field, constant.data_type(), Act::Replace(rule, constant)))
            }
            Some(Treatment::Drop) => Ok(Column::removed(field, Some(rule))),
            // INVARIANT: nothing else takes a value whole.
            Some(Treatment::Redact(_) | Treatment::Keep) | None => Err(self.error(Code::ColumnType, rule)),
        }
    }

    fn sealed(&self, seal: Seal, rule: u16, field: &FieldRef, flat: &DataType) -> Result<Column, Error> {
        if self.aim != Aim::Scrub {
            let field = field.as_ref().clone().with_data_type(flat.clone());
            return Ok(Column { act: Act::Open(rule), changes: true, ..Column::pass(&Arc::new(field)) });
        }
        if !seal::takes(seal, flat) {
            return Err(self.error(Code::ColumnType, rule));
        }
        Ok(Column::treated(field, seal::data_type(flat), Act::Seal(rule)))
    }

    fn refuse(&self, field: &FieldRef) -> Result<Column, Error> {
        // What is in a map is known only with its values.
        if self.in_map == 0 {
            return Err(Error::new(Code::UnlistedField));
        }
        Ok(Column { act: Act::Refuse, changes: true, ..Column::pass(field) })
    }
}
