/** The parts of the Engine API's answers that are read and that dockerode's types leave out. */

/** Of `GET /info`. */
export interface DaemonAnswer {
  readonly Architecture: string;
  readonly OperatingSystem: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/** Of `GET /volumes` and `GET /system/df`; sizes only in the latter. */
export interface VolumesAnswer {
  readonly Volumes?:
    | readonly {
        readonly Name: string;
        readonly Labels?: Readonly<Record<string, string>> | null;
        readonly UsageData?: { readonly Size: number } | null;
      }[]
    | null;
}

/** Of `GET /networks/{id}`. */
export interface NetworkAnswer {
  readonly IPAM?: { readonly Config?: readonly NetworkPool[] | null };
}

export interface NetworkPool {
  readonly Gateway?: string;
  readonly Subnet?: string;
}
