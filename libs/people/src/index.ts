// People: what they are asked for (approvals and manual tasks), and who may decide it.
// It must not know what follows from a decision: the run decides that, asked over the bus.
export { PeopleModule } from './people.module';
