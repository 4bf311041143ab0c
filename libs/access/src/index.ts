// Access: tokens, teams and permissions. It creates the reach that every message carries. It must not know the
// resources that it guards.
export { AccessModule } from './access.module';
export { SystemTokens } from './application/system-tokens';
export {
  Access,
  CurrentInstallation,
  CurrentPrincipal,
  CurrentReach,
  CurrentTeamReach,
  type GuardedRequest,
  Public,
} from './http/access.decorators';
export { AccessGate, guardRequests } from './http/access-gate';
export { AccessGuard } from './http/access.guard';
export { commandContext, originBy, reasonBy, sealedOrigin } from './http/command-context';
export { TokenWatch } from './http/token-watch';
export { actorOf, personOf, type Principal } from './domain';
export { globalParametersCategory, teamCategory, tokenCategory } from './application/categories';
export { globalParametersEventSchemas, teamEventSchemas, tokenEventSchemas } from './domain/event-schemas';
