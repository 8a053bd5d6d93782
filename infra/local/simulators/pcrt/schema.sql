-- The tables of PCRT 9.6 that hold groups, PCIDs and service contracts, with their real names and types.
-- {key}: a whole number that counts itself up. {engine}: what MySQL says behind a table.
CREATE TABLE pc_group (
    pcgroupid {key},
    pcgroupname mediumtext NOT NULL,
    grpphone mediumtext NOT NULL DEFAULT '',
    grpcellphone mediumtext NOT NULL DEFAULT '',
    grpworkphone mediumtext NOT NULL DEFAULT '',
    grpemail mediumtext NOT NULL DEFAULT '',
    grpaddress1 mediumtext NOT NULL DEFAULT '',
    grpcity mediumtext NOT NULL DEFAULT '',
    grpstate mediumtext NOT NULL DEFAULT '',
    grpzip mediumtext NOT NULL DEFAULT '',
    grpprefcontact mediumtext NOT NULL DEFAULT '',
    grpcustsourceid int(11) NOT NULL DEFAULT 0,
    grpnotes mediumtext NOT NULL DEFAULT '',
    grpcompany mediumtext NOT NULL DEFAULT '',
    tags text NOT NULL DEFAULT ''
) {engine};

CREATE TABLE pc_owner (
    pcid {key},
    pcname mediumtext NOT NULL,
    pcphone mediumtext NOT NULL DEFAULT '',
    pcmake mediumtext NOT NULL DEFAULT '',
    pcemail mediumtext NOT NULL DEFAULT '',
    pcextra mediumtext NOT NULL DEFAULT '',
    pcgroupid int(11) NOT NULL DEFAULT 0,
    pcnotes mediumtext NOT NULL DEFAULT '',
    pccompany mediumtext NOT NULL DEFAULT '',
    mainassettypeid int(11) NOT NULL DEFAULT 1,
    scid int(11) NOT NULL DEFAULT 0,
    scpriceid int(11) NOT NULL DEFAULT 0,
    tags text NOT NULL DEFAULT ''
) {engine};
CREATE INDEX pc_owner_pcgroupid ON pc_owner (pcgroupid);
CREATE INDEX pc_owner_scid ON pc_owner (scid);

CREATE TABLE mainassetinfofields (
    mainassetfieldid {key},
    mainassetfieldname mediumtext NOT NULL,
    matchword mediumtext NOT NULL,
    showonclaim int(11) NOT NULL DEFAULT 0,
    showonrepair int(11) NOT NULL DEFAULT 0
) {engine};

CREATE TABLE servicecontracts (
    scid {key},
    scstartdate date NOT NULL,
    scexpdate date NOT NULL,
    scname mediumtext NOT NULL,
    sccontactperson mediumtext NOT NULL DEFAULT '',
    scdesc mediumtext NOT NULL DEFAULT '',
    scperusercharge decimal(11,5) NOT NULL DEFAULT 0,
    scusers mediumtext NOT NULL DEFAULT '',
    scactive int(11) NOT NULL DEFAULT 1,
    groupid int(11) NOT NULL DEFAULT 0,
    rinvoice int(11) NOT NULL DEFAULT 0
) {engine};

-- What the shop added: of these two, nothing is published.
ALTER TABLE servicecontracts ADD COLUMN cwagroup text;
ALTER TABLE servicecontracts ADD COLUMN additionalmembers text;

INSERT INTO mainassetinfofields (mainassetfieldid, mainassetfieldname, matchword) VALUES
    (1, 'Windows Product Key', 'windowsproductkey'),
    (2, 'Operating System', 'operatingsystem'),
    (100, 'Memory (RAM)', 'ram'),
    (101, 'Processor (CPU)', 'cpu'),
    (103, 'Condition', ''),
    (104, 'Serial No/Service Tag', 'serial'),
    (115, 'Mac Address', 'macaddress');
