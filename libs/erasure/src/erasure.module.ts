import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ErasePersonalDataHandler } from './application/erase-personal-data.handler';
import { KeyShredder } from './application/key-shredder';
import { ListErasuresHandler } from './application/list-erasures.handler';
import { ErasureController } from './http/erasure.controller';
import { ErasureStore } from './read/erasure-store';

@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [ErasureController],
  providers: [ErasureStore, KeyShredder, ErasePersonalDataHandler, ListErasuresHandler],
  exports: [KeyShredder],
})
export class ErasureModule {}
