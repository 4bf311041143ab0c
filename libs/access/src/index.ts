// Access: who may come in (tokens), where (teams), and to do what (permissions).
// It must not know the resources that it guards.
export { AccessModule } from './access.module';
export { SystemTokens } from './application/system-tokens';
export { Access, CurrentPrincipal, CurrentTeam, Public, type TeamRef } from './http/access.decorators';
export { AccessGuard } from './http/access.guard';
export { refuseUnlessGlobal } from './http/global-only';
export { commandContext } from './http/command-context';
export { actorOf, type Principal } from './domain';
