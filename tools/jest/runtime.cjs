const { createRequire } = require('node:module');
const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

const isPackage = /^(?![./#]|node:|@jest\/globals$)/;
const requires = new Map();

/**
 * Loads packages as Node does, once for all spec files of a worker; our own modules anew for each spec file. Jest would
 * load some 1,500 modules of packages again for each file. It needs the environment beside it: with a realm of its own
 * for each file, an error of a package would be no `Error` there.
 */
class SharedPackages extends Runtime {
  constructor(...args) {
    super(...args);
    this.executor.compile = (source, filename) =>
      compileFunction(source, this.executor.injectedModuleParameters, { filename });
  }

  requireModuleOrMock(from, name) {
    return isPackage.test(name) ? requireOf(from)(name) : super.requireModuleOrMock(from, name);
  }
}

function requireOf(from) {
  const known = requires.get(from) ?? createRequire(from);
  requires.set(from, known);
  return known;
}

exports.__esModule = true;
exports.default = SharedPackages;
