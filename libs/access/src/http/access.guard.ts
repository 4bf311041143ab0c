import { RefusedError } from '#libs/kernel';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type GuardedRequest, IS_PUBLIC } from './access.decorators';

/** Closes every route that no rule opens. `AccessGate` has already checked the request, before its body was read. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, targets)) return true;
    const { user, reach } = context.switchToHttp().getRequest<GuardedRequest>();
    if (!user || !reach) throw new RefusedError('PERMISSION_DENIED', 'This route is closed.');
    return true;
  }
}
